//! What connectors may say about their own webhooks. Our own, not part of the Connector API; refusals look like those of
//! the other route that takes an AppJWT alone (spec 04 §5).

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use trunkline_services::Services;
use trunkline_services::webhooks::WebhookError;
use trunkline_wire::webhooks::{RESUME_PATH, ResumeOwnDeliveries};

use crate::app_only::{Denial, WAIT, answer, caller, deny, fail};
use crate::context::RequestContext;
use crate::error::with_retry_after;
use crate::extract::Params;
use crate::routes::RouteInfo;

/// What a fault is logged as.
const REQUEST: &str = "a request about webhooks";

pub(crate) const ROUTES: &[RouteInfo] = &[RouteInfo::of::<ResumeOwnDeliveries>()];

pub(crate) fn router() -> Router<Arc<Services>> {
    Router::new().route(RESUME_PATH, post(resume))
}

/// Why a connector was refused.
enum Failure {
    Denied(Denial),
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
    let (caller, quota) = caller(services, context, params, headers).await.map_err(Failure::Denied)?;
    let answer = match services.webhooks.resume_own(&caller).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refuse(&Failure::Webhooks(error)),
    };
    Ok((quota, answer).into_response())
}

fn refuse(failure: &Failure) -> Response {
    match failure {
        Failure::Denied(denial) => deny(denial, REQUEST),
        Failure::Webhooks(WebhookError::Service(error)) => fail(error, REQUEST),
        Failure::Webhooks(error @ (WebhookError::NotRunning | WebhookError::Busy(_))) => {
            let text = format!("{error}; retry later");
            with_retry_after(answer(StatusCode::SERVICE_UNAVAILABLE, 50_301, text), WAIT)
        }
        Failure::Webhooks(error) => answer(StatusCode::CONFLICT, 40_901, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use http::header::RETRY_AFTER;
    use trunkline_services::Error;
    use trunkline_services::auth::AppJwtRefusal;

    use super::*;

    #[test]
    fn refusals_have_their_status_and_say_when_to_retry() {
        for (failure, status, retries) in [
            (Failure::Denied(Denial::AppJwt(AppJwtRefusal::Missing)), 401, false),
            (Failure::Denied(Denial::AppJwt(AppJwtRefusal::Expired)), 401, false),
            (Failure::Denied(Denial::AppJwt(AppJwtRefusal::Scope)), 403, false),
            (Failure::Denied(Denial::AppJwt(AppJwtRefusal::Storage(Error::Overloaded))), 429, true),
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
