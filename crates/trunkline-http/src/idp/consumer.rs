//! `POST /api/account/{account}/consumer`. Source: spec 04.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use trunkline_services::auth::AppJwtRefusal;
use trunkline_services::{Error, Services};
use trunkline_wire::idp::ConsumerError;

use crate::context::RequestContext;
use crate::error::{json_response, json_text, with_retry_after};
use crate::extract::{Body, BodyError, JsonBodyError, Params, token};
use crate::rate_limit::Quota;

/// The body as it may come: one public client leaves the id out (spec 04 §4).
#[derive(Deserialize)]
struct Input {
    ext_consumer_id: Option<String>,
}

/// Why no identity was issued.
pub(super) enum Failure {
    AppJwt(AppJwtRefusal),
    Throttled(Quota),
    Body(BodyError),
    Json(JsonBodyError),
    Service(Error),
}

pub(super) async fn consumer(
    State(services): State<Arc<Services>>,
    context: RequestContext,
    params: Params,
    headers: HeaderMap,
    body: Result<Body, BodyError>,
) -> Response {
    let issued = issue(&services, &context, &params, &headers, body).await;
    issued.unwrap_or_else(|failure| refuse(&failure))
}

async fn issue(
    services: &Services,
    context: &RequestContext,
    params: &Params,
    headers: &HeaderMap,
    body: Result<Body, BodyError>,
) -> Result<Response, Failure> {
    let app_jwt = token(headers, "authorization");
    let caller = match params.account() {
        Some(account) => services.auth.app_caller(&account, app_jwt).await.map_err(Failure::AppJwt)?,
        None if app_jwt.is_none() => return Err(Failure::AppJwt(AppJwtRefusal::Missing)),
        None => return Err(Failure::AppJwt(AppJwtRefusal::WrongAccount)),
    };
    let quota = context.check(caller.app().id).map_err(Failure::Throttled)?;
    let body = body.map_err(Failure::Body)?;
    let input: Input = body.json().map_err(Failure::Json)?;
    let external = services.idp.external_id(input.ext_consumer_id.as_deref()).map_err(Failure::Service)?;
    let jws = services.idp.consumer_jws(&caller, external).await.map_err(Failure::Service)?;
    // A token has no character that JSON would escape.
    let body = [r#"{"token":""#, &*jws, r#""}"#].concat();
    Ok((quota, json_text(StatusCode::CREATED, body)).into_response())
}

/// Source: spec 04 §5. The codes of tokens are those of the Send API (spec 05 §6.1).
pub(super) fn refuse(failure: &Failure) -> Response {
    match failure {
        Failure::AppJwt(AppJwtRefusal::Storage(error)) | Failure::Service(error) => refuse_service(error),
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
        Failure::Body(error) => {
            let status = error.status();
            answer(status, u32::from(status.as_u16()) * 100 + 1, error.to_string())
        }
        Failure::Json(JsonBodyError::Json(error)) if error.is_data() => {
            let text = "the body must be a JSON object whose ext_consumer_id is a string".to_owned();
            answer(StatusCode::BAD_REQUEST, 40_003, text)
        }
        Failure::Json(JsonBodyError::Json(_)) => {
            answer(StatusCode::BAD_REQUEST, 40_002, "the body is not JSON".to_owned())
        }
        Failure::Json(error) => answer(StatusCode::BAD_REQUEST, 40_002, error.to_string()),
    }
}

fn refuse_service(error: &Error) -> Response {
    match error {
        Error::Invalid(text) => answer(StatusCode::BAD_REQUEST, 40_003, text.clone()),
        Error::Overloaded => {
            let text = "too many requests wait; retry later".to_owned();
            with_retry_after(answer(StatusCode::TOO_MANY_REQUESTS, 42_902, text), Duration::from_secs(1))
        }
        error => {
            tracing::error!(error = error as &dyn std::error::Error, "a consumer identity request failed");
            answer(StatusCode::INTERNAL_SERVER_ERROR, 50_001, "internal error".to_owned())
        }
    }
}

fn answer(status: StatusCode, code: u32, text: String) -> Response {
    json_response(status, &ConsumerError::new(code, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_the_status_of_the_table() {
        let json =
            |text| Failure::Json(JsonBodyError::Json(serde_json::from_str::<Input>(text).err().unwrap()));
        for (failure, status) in [
            (Failure::AppJwt(AppJwtRefusal::Missing), 401),
            (Failure::AppJwt(AppJwtRefusal::Expired), 401),
            (Failure::AppJwt(AppJwtRefusal::WrongAccount), 401),
            (Failure::AppJwt(AppJwtRefusal::MissingClaim("azp")), 401),
            (Failure::AppJwt(AppJwtRefusal::Scope), 403),
            (Failure::AppJwt(AppJwtRefusal::Storage(Error::Overloaded)), 429),
            (json("{"), 400),
            (json("[1]"), 400),
            (json(r#"{"ext_consumer_id":1}"#), 400),
            (Failure::Body(BodyError::TooLarge), 413),
            (Failure::Service(Error::Invalid("no".to_owned())), 400),
            (Failure::Service(Error::NotFound("account")), 500),
        ] {
            assert_eq!(refuse(&failure).status().as_u16(), status);
        }
    }
}
