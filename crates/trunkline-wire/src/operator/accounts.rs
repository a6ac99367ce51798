//! `/operator/v1/accounts`: the tenants.

use http::Method;
use serde::{Deserialize, Serialize};

use super::PageQuery;
use crate::{AccountId, Auth, Endpoint, EpochMillis};

/// Where accounts are created and listed.
pub const PATH: &str = "/operator/v1/accounts";

/// Creates an account; 201.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateAccount {
    /// The id it will have.
    pub id: AccountId,
}

impl CreateAccount {
    /// Creates the account `id`.
    pub fn new(id: AccountId) -> Self {
        Self { id }
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountInfo {
    /// Its id.
    pub id: AccountId,
    /// When it was created.
    pub created_at: EpochMillis,
}

impl Endpoint for CreateAccount {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = AccountInfo;
}

/// Lists the accounts by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListAccounts(pub PageQuery);

/// A page of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountList {
    /// The accounts, by id.
    pub accounts: Vec<AccountInfo>,
    /// Where the next page starts; `null` at the end.
    pub next: Option<AccountId>,
}

impl Endpoint for ListAccounts {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = AccountList;
}
