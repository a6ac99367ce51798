//! Who calls: extractors whose values are the proofs that the services ask for.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use trunkline_services::Services;
use trunkline_services::auth::{AccountAdmin, BearerRefusal, Operator};
use trunkline_wire::AccountId;

use super::refusal::Refusal;
use crate::extract;

/// The operator.
pub(super) struct Caller(pub(super) Operator);

impl FromRequestParts<Arc<Services>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Refusal> {
        let token = extract::token(&parts.headers, "authorization");
        services.auth.operator(token).map(Self).map_err(|refusal| match refusal {
            BearerRefusal::Missing => Refusal::unauthorized("the operator token is missing"),
            _ => Refusal::unauthorized("the operator token is wrong"),
        })
    }
}

/// The operator, acting on the account of the path, which exists.
pub(super) struct Admin(pub(super) AccountAdmin);

impl FromRequestParts<Arc<Services>> for Admin {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Refusal> {
        let Caller(operator) = Caller::from_request_parts(parts, services).await?;
        let account = account(parts).await.ok_or_else(|| Refusal::not_found("account not found"))?;
        match services.accounts.known(&account).await? {
            Some(_) => Ok(Self(operator.account_admin(account))),
            None => Err(Refusal::not_found(format!("account {account} not found"))
                .hint(format!("create it with: trunkline account create {account}"))),
        }
    }
}

async fn account(parts: &mut Parts) -> Option<AccountId> {
    let parameters = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    let (_, text) = parameters.iter().find(|(name, _)| *name == "account")?;
    AccountId::parse(text).ok()
}
