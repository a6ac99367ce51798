//! What connectors may say about their own webhooks. Our own, not part of the Connector API; refusals look like those of
//! the other route that takes an AppJWT alone (spec 04 §5).

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use trunkline_services::auth::AppJwtRefusal;
use trunkline_services::webhooks::WebhookError;
use trunkline_services::{Error, Services};
use trunkline_wire::idp::ConsumerError;
use trunkline_wire::webhooks::{RESUME_PATH, ResumeOwnDeliveries};

use crate::context::RequestContext;
use crate::error::{json_response, with_retry_after};
use crate::extract::{Params, token};
use crate::rate_limit::Quota;
use crate::routes::RouteInfo;

/// How long a connector should wait when it is told to.
const WAIT: Duration = Duration::from_secs(1);

pub(crate) const ROUTES: &[RouteInfo] = &[RouteInfo::of::<ResumeOwnDeliveries>()];

pub(crate) fn router() -> Router<Arc<Services>> {
    Router::new().route(RESUME_PATH, post(resume))
}

/// Why a connector was refused.
enum Failure {
    AppJwt(AppJwtRefusal),
    Throttled(Quota),
    Webhooks(WebhookError),
}

async fn resume(
    State(services): State<Arc<Services>>,
    context: RequestContext,
    params: Params,
    headers: HeaderMap,
) -> Response {
    let resumed = carry_out(&services, &context, &params, &headers).await;
    resumed.unwrap_or_else(|failure| refuse(&failure))
}

async fn carry_out(
    services: &Services,
    context: &RequestContext,
    params: &Params,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let app_jwt = token(headers, "authorization");
    let caller = match params.account() {
        Some(account) => services.auth.app_caller(&account, app_jwt).await.map_err(Failure::AppJwt)?,
        None if app_jwt.is_none() => return Err(Failure::AppJwt(AppJwtRefusal::Missing)),
        None => return Err(Failure::AppJwt(AppJwtRefusal::WrongAccount)),
    };
    let quota = context.check(caller.app().id).map_err(Failure::Throttled)?;
    let answer = match services.webhooks.resume_own(&caller).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refuse(&Failure::Webhooks(error)),
    };
    Ok((quota, answer).into_response())
}

/// The codes are numbered as those of consumer identities: status × 100 + a running number.
fn refuse(failure: &Failure) -> Response {
    match failure {
        Failure::AppJwt(AppJwtRefusal::Storage(error)) | Failure::Webhooks(WebhookError::Service(error)) => {
            refuse_service(error)
        }
        Failure::AppJwt(refusal) => {
            let (status, code) = match refusal {
                AppJwtRefusal::Missing => (StatusCode::UNAUTHORIZED, 40_105),
                AppJwtRefusal::Scope => (StatusCode::FORBIDDEN, 40_301),
                _ => (StatusCode::UNAUTHORIZED, 40_102),
            };
            answer(status, code, refusal.to_string())
        }
        Failure::Throttled(quota) => {
            let text = "too many requests of this app installation; retry later".to_owned();
            (quota.clone(), answer(StatusCode::TOO_MANY_REQUESTS, 42_901, text)).into_response()
        }
        Failure::Webhooks(error @ (WebhookError::NotRunning | WebhookError::Busy(_))) => {
            let text = format!("{error}; retry later");
            with_retry_after(answer(StatusCode::SERVICE_UNAVAILABLE, 50_301, text), WAIT)
        }
        Failure::Webhooks(error) => answer(StatusCode::CONFLICT, 40_901, error.to_string()),
    }
}

fn refuse_service(error: &Error) -> Response {
    if matches!(error, Error::Overloaded) {
        let text = "too many requests wait; retry later".to_owned();
        return with_retry_after(answer(StatusCode::TOO_MANY_REQUESTS, 42_902, text), WAIT);
    }
    tracing::error!(error = error as &dyn std::error::Error, "a request about webhooks failed");
    answer(StatusCode::INTERNAL_SERVER_ERROR, 50_001, "internal error".to_owned())
}

fn answer(status: StatusCode, code: u32, text: String) -> Response {
    json_response(status, &ConsumerError::new(code, text))
}

#[cfg(test)]
mod tests {
    use http::header::RETRY_AFTER;

    use super::*;

    #[test]
    fn refusals_have_their_status_and_say_when_to_retry() {
        for (failure, status, retries) in [
            (Failure::AppJwt(AppJwtRefusal::Missing), 401, false),
            (Failure::AppJwt(AppJwtRefusal::Expired), 401, false),
            (Failure::AppJwt(AppJwtRefusal::Scope), 403, false),
            (Failure::AppJwt(AppJwtRefusal::Storage(Error::Overloaded)), 429, true),
            (Failure::Webhooks(WebhookError::NoWebhooks), 409, false),
            (Failure::Webhooks(WebhookError::Disabled), 409, false),
            (Failure::Webhooks(WebhookError::NotRunning), 503, true),
            (Failure::Webhooks(WebhookError::Busy("busy")), 503, true),
            (Failure::Webhooks(Error::Overloaded.into()), 429, true),
            (Failure::Webhooks(Error::NotFound("x").into()), 500, false),
        ] {
            let response = refuse(&failure);
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.headers().contains_key(RETRY_AFTER), retries, "{status}");
        }
    }
}
