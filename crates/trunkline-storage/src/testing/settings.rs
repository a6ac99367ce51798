//! Settings of accounts.

use std::sync::Arc;

use trunkline_model::SettingName;
use trunkline_wire::JsonText;

use super::samples::{account_id, brand};
use crate::Storage;

fn document(text: &str) -> JsonText {
    JsonText::normalise(text).expect("the sample is JSON")
}

/// A document replaces the one before as a whole; removing one that is not there is no error.
pub async fn a_setting_is_replaced_and_removed(storage: Arc<dyn Storage>) {
    let name = SettingName::Survey;
    assert_eq!(storage.setting(&brand(), name).await.expect("read"), None);
    storage.set_setting(&brand(), name, None).await.expect("removed");
    for given in [Some(document(r#"{"intro":"Zoë"}"#)), Some(document("{}")), None] {
        storage.set_setting(&brand(), name, given.clone()).await.expect("stored");
        assert_eq!(storage.setting(&brand(), name).await.expect("read"), given);
    }
}

/// Other names and accounts have documents of their own.
pub async fn settings_are_scoped_by_account_and_name(storage: Arc<dyn Storage>) {
    let given = document(r#"{"a":1}"#);
    storage.set_setting(&brand(), SettingName::Behaviour, Some(given.clone())).await.expect("stored");
    storage.set_setting(&account_id("other"), SettingName::Behaviour, None).await.expect("removed");
    storage.set_setting(&brand(), SettingName::Survey, None).await.expect("removed");
    assert_eq!(storage.setting(&brand(), SettingName::Behaviour).await.expect("read"), Some(given));
    assert_eq!(storage.setting(&brand(), SettingName::Engagements).await.expect("read"), None);
    assert_eq!(storage.setting(&account_id("other"), SettingName::Behaviour).await.expect("read"), None);
}
