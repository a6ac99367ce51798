//! Path parameters.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use trunkline_wire::AccountId;

/// The parameters of the matched path, percent-decoded. Taking them never fails: a parameter that is not UTF-8 is
/// absent, and what an absent or malformed parameter means is for each family to answer.
#[derive(Debug, Default)]
pub struct Params(Option<RawPathParams>);

impl Params {
    /// A parameter by its name in the path template.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.as_ref()?.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The parameter `account`, if it is an account id.
    pub fn account(&self) -> Option<AccountId> {
        self.get("account").and_then(account)
    }
}

/// Reads an account id; `None` stands for the family's own error.
pub fn account(text: &str) -> Option<AccountId> {
    AccountId::parse(text).ok()
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(RawPathParams::from_request_parts(parts, state).await.ok()))
    }
}
