//! The Send API. Source: spec 05.

mod conversation;
mod error;
mod send;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use http::{HeaderMap, Method, Uri};
use trunkline_services::Services;
use trunkline_services::auth::OnBehalf;
use trunkline_wire::Auth;
use trunkline_wire::conversations::{conversation as conversation_wire, send as send_wire};

use crate::context::RequestContext;
use crate::extract::{Pairs, Params, token};
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
async fn admit(
    services: &Services,
    context: &RequestContext,
    params: &Params,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(OnBehalf, Quota), Failure> {
    let version = Pairs::of_query(uri);
    if !version.is_ok_and(|pairs| pairs.all("v").eq(["3"])) {
        return Err(Failure::Version);
    }
    let app_jwt = token(headers, "authorization");
    let consumer_jws = token(headers, "x-lp-on-behalf");
    let caller = match params.account() {
        Some(account) => services.auth.on_behalf(&account, app_jwt, consumer_jws).await?,
        None => return Err(Failure::malformed_account(app_jwt, consumer_jws)),
    };
    let quota = context.check(caller.app().id).map_err(Failure::Throttled)?;
    Ok((caller, quota))
}
