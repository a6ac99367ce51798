//! How accounts are set up.

use async_trait::async_trait;
use trunkline_model::SettingName;
use trunkline_wire::{AccountId, JsonText};

use crate::Error;

/// The documents with which accounts are set up.
#[async_trait]
pub trait Settings: Send + Sync {
    /// A document of an account; `None` when it was never set or was removed.
    async fn setting(&self, account: &AccountId, name: SettingName) -> Result<Option<JsonText>, Error>;

    /// Replaces a document of an account as a whole; `None` removes it.
    async fn set_setting(
        &self,
        account: &AccountId,
        name: SettingName,
        document: Option<JsonText>,
    ) -> Result<(), Error>;
}
