//! The Send API. Source: spec 05.

mod conversation;
mod error;
mod send;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use http::Method;
use http::request::Parts;
use trunkline_services::Services;
use trunkline_services::auth::OnBehalf;
use trunkline_wire::conversations::{conversation as conversation_wire, send as send_wire};
use trunkline_wire::{AccountId, Auth};

use crate::context::RequestContext;
use crate::extract::{Pairs, account, token};
use crate::rate_limit::Quota;
use crate::routes::RouteInfo;
use error::Failure;

pub(crate) const ROUTES: &[RouteInfo] = &[
    RouteInfo::new(Method::POST, conversation_wire::PATH, Auth::AppJwtOnBehalf),
    RouteInfo::new(Method::POST, send_wire::PATH, Auth::AppJwtOnBehalf),
];

pub(crate) fn router() -> Router<Arc<Services>> {
    Router::new()
        .route(conversation_wire::PATH, post(conversation::open))
        .route(send_wire::PATH, post(send::send))
}

/// Checks version, tokens and rate limit, in this order, before anybody looks at the body (spec 05 §6.1).
async fn admit(services: &Services, head: &Parts) -> Result<(OnBehalf, Quota), Failure> {
    let version = Pairs::of_query(&head.uri);
    if !version.is_ok_and(|pairs| pairs.all("v").eq(["3"])) {
        return Err(Failure::Version);
    }
    let app_jwt = token(&head.headers, "authorization");
    let consumer_jws = token(&head.headers, "x-lp-on-behalf");
    let caller = match account_in(head.uri.path()) {
        Some(account) => services.auth.on_behalf(&account, app_jwt, consumer_jws).await?,
        None => return Err(Failure::malformed_account(app_jwt, consumer_jws)),
    };
    let quota = RequestContext::of(&head.extensions).check(caller.app().id).map_err(Failure::Throttled)?;
    Ok((caller, quota))
}

/// The account in `/api/account/{account}/…`. Read here rather than by an extractor, which would copy every parameter;
/// an account needs no percent-encoding, and one that has it is none.
fn account_in(path: &str) -> Option<AccountId> {
    path.split('/').nth(3).and_then(account)
}
