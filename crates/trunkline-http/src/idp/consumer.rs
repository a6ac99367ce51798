//! `POST /api/account/{account}/consumer`. Source: spec 04.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use trunkline_services::auth::AppJwtRefusal;
use trunkline_services::{Error, Services};

use crate::app_only::{Denial, answer, caller, deny, fail};
use crate::context::RequestContext;
use crate::error::json_text;
use crate::extract::{Body, BodyError, JsonBodyError, Params};

/// What a fault is logged as.
const REQUEST: &str = "a consumer identity request";

/// The body as it may come: one public client leaves the id out (spec 04 §4).
#[derive(Deserialize)]
struct Input {
    ext_consumer_id: Option<String>,
}

/// Why no identity was issued.
pub(super) enum Failure {
    Denied(Denial),
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
    let (caller, quota) = caller(services, context, params, headers).await.map_err(Failure::Denied)?;
    let body = body.map_err(Failure::Body)?;
    let input: Input = body.json().map_err(Failure::Json)?;
    let external = services.idp.external_id(input.ext_consumer_id.as_deref()).map_err(Failure::Service)?;
    let jws = services.idp.consumer_jws(&caller, external).await.map_err(Failure::Service)?;
    // A token has no character that JSON would escape.
    let body = [r#"{"token":""#, &*jws, r#""}"#].concat();
    Ok((quota, json_text(StatusCode::CREATED, body)).into_response())
}

/// Source: spec 04 §5.
pub(super) fn refuse(failure: &Failure) -> Response {
    match failure {
        Failure::Denied(Denial::AppJwt(AppJwtRefusal::Storage(error))) | Failure::Service(error) => {
            refuse_service(error)
        }
        Failure::Denied(denial) => deny(denial, REQUEST),
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
        error => fail(error, REQUEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_the_status_of_the_table() {
        let json =
            |text| Failure::Json(JsonBodyError::Json(serde_json::from_str::<Input>(text).err().unwrap()));
        for (failure, status) in [
            (Failure::Denied(Denial::AppJwt(AppJwtRefusal::Missing)), 401),
            (Failure::Denied(Denial::AppJwt(AppJwtRefusal::Expired)), 401),
            (Failure::Denied(Denial::AppJwt(AppJwtRefusal::WrongAccount)), 401),
            (Failure::Denied(Denial::AppJwt(AppJwtRefusal::MissingClaim("azp"))), 401),
            (Failure::Denied(Denial::AppJwt(AppJwtRefusal::Scope)), 403),
            (Failure::Denied(Denial::AppJwt(AppJwtRefusal::Storage(Error::Overloaded))), 429),
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
