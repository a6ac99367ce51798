//! The engagement endpoint over HTTP. Source: spec 05 §9.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use http::{StatusCode, Uri};
use trunkline_services::monitoring::Visit;
use trunkline_services::{Error, Services};
use trunkline_wire::AppInstallationId;
use trunkline_wire::monitoring::{ENGAGEMENT_PATH, EngagementRequest, MonitoringError};

use crate::RouteInfo;
use crate::error::{json_response, with_retry_after};
use crate::extract::{Body, BodyError, Pairs, Params};

/// The number of every refusal. Source: spec 05 §9.
const INTERNAL_CODE: u32 = 20;
/// Source: spec 05 §9, client retry.
const RETRY: std::time::Duration = std::time::Duration::from_secs(10);

pub(crate) const ROUTES: &[RouteInfo] = &[RouteInfo::of::<EngagementRequest>()];

pub(crate) fn router() -> Router<Arc<Services>> {
    Router::new().route(ENGAGEMENT_PATH, post(engage))
}

/// Why there is no answer: the status, and what may be said.
type Failure = (StatusCode, String);

async fn engage(
    State(services): State<Arc<Services>>,
    params: Params,
    uri: Uri,
    body: Result<Body, BodyError>,
) -> Response {
    let (status, message) = match answer(&services, &params, &uri, body).await {
        Ok(response) => return response,
        Err(failure) => failure,
    };
    let body = MonitoringError { time: services.clock.now(), message, internal_code: INTERNAL_CODE };
    let response = json_response(status, &body);
    if status == StatusCode::SERVICE_UNAVAILABLE { with_retry_after(response, RETRY) } else { response }
}

async fn answer(
    services: &Services,
    params: &Params,
    uri: &Uri,
    body: Result<Body, BodyError>,
) -> Result<Response, Failure> {
    let query = Pairs::of_query(uri).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
    if !query.get("v").is_some_and(|version| matches!(version, "1.0" | "1")) {
        return Err((StatusCode::NOT_FOUND, "v must be 1.0".to_owned()));
    }
    let unknown = || (StatusCode::NOT_FOUND, "there is no such app installation".to_owned());
    let account = params.account().ok_or_else(unknown)?;
    let app = params.get("app").and_then(|app| AppInstallationId::parse(app).ok()).ok_or_else(unknown)?;
    let body = body.map_err(|error| (error.status(), error.to_string()))?;
    // A list would be taken for the members in their order.
    if !body.bytes().trim_ascii_start().starts_with(b"{") {
        return Err((StatusCode::BAD_REQUEST, "the request body must be a JSON object".to_owned()));
    }
    let request: EngagementRequest =
        body.json().map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
    let shown = |name| query.get(name).filter(|id| !id.is_empty());
    let visit = Visit { visitor: shown("vid"), session: shown("sid") };
    match services.monitoring.engage(&account, app, visit, &request).await {
        Ok((engagements, is_new)) => {
            let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
            Ok(json_response(status, &engagements))
        }
        Err(Error::NotFound(_)) => Err(unknown()),
        Err(Error::Invalid(text)) => Err((StatusCode::BAD_REQUEST, text)),
        Err(Error::Overloaded) => Err((StatusCode::SERVICE_UNAVAILABLE, "too many requests wait".to_owned())),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a visit could not be answered");
            Err((StatusCode::INTERNAL_SERVER_ERROR, "the request could not be served".to_owned()))
        }
    }
}
