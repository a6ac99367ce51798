//! What routes that take an AppJWT alone have in common: who asks, and how they are refused. Source: spec 04 §5.

use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use trunkline_services::auth::{AppCaller, AppJwtRefusal};
use trunkline_services::{Error, Services};
use trunkline_wire::idp::ConsumerError;

use crate::context::RequestContext;
use crate::error::{json_response, with_retry_after};
use crate::extract::{Params, token};
use crate::rate_limit::Quota;

/// How long a connector should wait when it is told to.
pub(crate) const WAIT: Duration = Duration::from_secs(1);

/// Why a connector may not ask.
pub(crate) enum Denial {
    AppJwt(AppJwtRefusal),
    Throttled(Quota),
}

/// The app of the request's AppJWT, and what is left of its rate.
pub(crate) async fn caller(
    services: &Services,
    context: &RequestContext,
    params: &Params,
    headers: &HeaderMap,
) -> Result<(AppCaller, Quota), Denial> {
    let app_jwt = token(headers, "authorization");
    let caller = match params.account() {
        Some(account) => services.auth.app_caller(&account, app_jwt).await.map_err(Denial::AppJwt)?,
        None if app_jwt.is_none() => return Err(Denial::AppJwt(AppJwtRefusal::Missing)),
        None => return Err(Denial::AppJwt(AppJwtRefusal::WrongAccount)),
    };
    let quota = context.check(caller.app().id).map_err(Denial::Throttled)?;
    Ok((caller, quota))
}

/// The codes of tokens are those of the Send API (spec 05 §6.1). `request` is what a fault is logged as.
pub(crate) fn deny(denial: &Denial, request: &'static str) -> Response {
    match denial {
        Denial::AppJwt(AppJwtRefusal::Storage(error)) => fail(error, request),
        Denial::AppJwt(refusal) => {
            let (status, code) = match refusal {
                AppJwtRefusal::Missing => (StatusCode::UNAUTHORIZED, 40_105),
                AppJwtRefusal::Scope => (StatusCode::FORBIDDEN, 40_301),
                _ => (StatusCode::UNAUTHORIZED, 40_102),
            };
            answer(status, code, refusal.to_string())
        }
        Denial::Throttled(quota) => {
            let text = "too many requests of this app installation; retry later".to_owned();
            (quota.clone(), answer(StatusCode::TOO_MANY_REQUESTS, 42_901, text)).into_response()
        }
    }
}

/// The answer when it is not the connector's fault. `request` is what is logged as failed.
pub(crate) fn fail(error: &Error, request: &'static str) -> Response {
    if matches!(error, Error::Overloaded) {
        let text = "too many requests wait; retry later".to_owned();
        return with_retry_after(answer(StatusCode::TOO_MANY_REQUESTS, 42_902, text), WAIT);
    }
    tracing::error!(error = error as &dyn std::error::Error, "{request} failed");
    answer(StatusCode::INTERNAL_SERVER_ERROR, 50_001, "internal error".to_owned())
}

/// A refusal. The codes are the status × 100 + a running number.
pub(crate) fn answer(status: StatusCode, code: u32, text: String) -> Response {
    json_response(status, &ConsumerError::new(code, text))
}
