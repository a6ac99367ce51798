//! How the account wants conversations offered.

use trunkline_model::Offer;
use trunkline_model::routing::Options;
use trunkline_wire::AccountId;

use super::Account;
use crate::Error;
use crate::agent::AgentsParts;

/// How routing behaves in an account.
pub(super) async fn routing_options(parts: &AgentsParts, account: &AccountId) -> Result<Options, Error> {
    let offer = parts.settings.of(account).await?.behaviour.offer;
    Ok(Options { after_first_message: offer == Offer::FirstMessage, ..Options::default() })
}

impl Account {
    /// Takes over what was set since the last time.
    pub(super) async fn heed_settings(&mut self) {
        if !self.settings.has_changed().unwrap_or(false) {
            return;
        }
        self.settings.borrow_and_update();
        match routing_options(&self.parts, &self.id).await {
            Ok(options) => self.routing.set_options(options),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(account = %self.id, error, "cannot read how conversations are offered: trying again");
                self.settings.mark_changed();
            }
        }
    }
}
