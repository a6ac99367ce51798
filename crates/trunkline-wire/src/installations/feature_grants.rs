//! The one feature grant the official sample asks for. Source: spec 02 §7.

use serde::{Deserialize, Serialize};

/// The answer of `featureGrants`. Shape: `{"appDataList":[{"accountList":{"accountList":[{"itemsCollection":{"data":
/// [{"compoundFeatureID":"Common.Async_Messaging","value":{"value":"true"}}]}}]}}]}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureGrants {
    /// One entry.
    #[serde(rename = "appDataList")]
    pub apps: Vec<AppData>,
}

/// The grants of one application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppData {
    /// Its accounts.
    #[serde(rename = "accountList")]
    pub accounts: AccountList,
}

/// A list of accounts inside an object of the same name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountList {
    /// One entry.
    #[serde(rename = "accountList")]
    pub accounts: Vec<AccountData>,
}

/// The grants of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountData {
    /// Its grants.
    #[serde(rename = "itemsCollection")]
    pub items: Items,
}

/// A list of grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Items {
    /// The grants.
    pub data: Vec<FeatureGrant>,
}

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureGrant {
    /// Its name.
    #[serde(rename = "compoundFeatureID")]
    pub feature: String,
    /// Its value.
    pub value: FeatureValue,
}

/// The value of a grant. A string, never a number: the sample hands it on as a status otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureValue {
    /// `"true"` or `"false"`.
    pub value: String,
}

impl FeatureGrants {
    /// Messaging is granted.
    pub fn messaging() -> Self {
        let grant = FeatureGrant {
            feature: "Common.Async_Messaging".to_owned(),
            value: FeatureValue { value: "true".to_owned() },
        };
        let account = AccountData { items: Items { data: vec![grant] } };
        Self { apps: vec![AppData { accounts: AccountList { accounts: vec![account] } }] }
    }

    /// The value of a grant by name.
    pub fn value(&self, feature: &str) -> Option<&str> {
        self.apps
            .iter()
            .flat_map(|app| &app.accounts.accounts)
            .flat_map(|account| &account.items.data)
            .find(|grant| grant.feature == feature)
            .map(|grant| grant.value.value.as_str())
    }
}
