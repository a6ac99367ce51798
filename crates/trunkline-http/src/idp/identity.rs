//! Consumers who need no connector: `signup`, `authenticate`, `anonymous/authorize` and the exchange. Source: spec 24 §2.
//!
//! Web pages of any origin may ask: nothing here looks at cookies or at who calls. That they may read the answers is added
//! around all handlers.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use trunkline_services::Services;
use trunkline_services::idp::{IdentityRefusal, ProviderTokenRefusal};
use trunkline_wire::AccountId;
use trunkline_wire::idp::{Authenticate, Authorize, Exchange, JwtResponse, TokenResponse};

use crate::app_only::{answer, fail};
use crate::error::{json_response, json_text, with_retry_after};
use crate::extract::{Body, BodyError, JsonBodyError, Params};

/// What a fault is logged as.
const REQUEST: &str = "a request for a consumer's identity";

/// Why no token was issued.
enum Failure {
    Body(BodyError),
    Json(JsonBodyError),
    Identity(IdentityRefusal),
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<JsonBodyError> for Failure {
    fn from(error: JsonBodyError) -> Self {
        Self::Json(error)
    }
}

impl From<IdentityRefusal> for Failure {
    fn from(refusal: IdentityRefusal) -> Self {
        Self::Identity(refusal)
    }
}

pub(super) async fn sign_up(State(services): State<Arc<Services>>, params: Params) -> Response {
    let issued = async {
        let jwt = services.idp.sign_up(&account(&params)?).await?;
        Ok(JwtResponse { jwt: jwt.as_ref().to_owned() })
    };
    done(issued.await)
}

pub(super) async fn authenticate(
    State(services): State<Arc<Services>>,
    params: Params,
    body: Result<Body, BodyError>,
) -> Response {
    let issued = async {
        let Authenticate { auth_code } = body?.json()?;
        let jwt = services.idp.exchange(&account(&params)?, &auth_code).await?;
        Ok(JwtResponse { jwt: jwt.as_ref().to_owned() })
    };
    done(issued.await)
}

pub(super) async fn authorize(
    State(services): State<Arc<Services>>,
    params: Params,
    body: Result<Body, BodyError>,
) -> Response {
    let issued = async {
        let body = body?;
        let request = if body.bytes().is_empty() { Authorize::default() } else { body.json()? };
        let token = services.idp.authorize(&account(&params)?, request.id_token.as_deref()).await?;
        Ok(TokenResponse { token: token.as_ref().to_owned() })
    };
    done(issued.await)
}

/// Which connector is asked does not matter: none has a configuration of its own.
pub(super) async fn exchange(
    State(services): State<Arc<Services>>,
    params: Params,
    body: Result<Body, BodyError>,
) -> Response {
    let issued = async {
        let Exchange { id_token } = body?.json()?;
        let token = services.idp.exchange(&account(&params)?, &id_token).await?;
        Ok(TokenResponse { token: token.as_ref().to_owned() })
    };
    done(issued.await)
}

/// The answer to a page that asks whether it may ask.
pub(super) async fn preflight() -> Response {
    // Everything here is JSON, this too.
    let mut response = json_text(StatusCode::OK, "{}");
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, OPTIONS"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

fn account(params: &Params) -> Result<AccountId, Failure> {
    params.account().ok_or(Failure::Identity(IdentityRefusal::UnknownAccount))
}

fn done(issued: Result<impl Serialize, Failure>) -> Response {
    let mut response = match issued {
        Ok(body) => json_response(StatusCode::OK, &body),
        Err(failure) => refuse(&failure),
    };
    // A token is not for caches.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The codes are numbered on from those of the ConsumerJWS (spec 04 §5).
fn refuse(failure: &Failure) -> Response {
    match failure {
        Failure::Body(error) => {
            let status = error.status();
            answer(status, u32::from(status.as_u16()) * 100 + 1, error.to_string())
        }
        Failure::Json(JsonBodyError::Json(error)) if error.is_data() => {
            let text = "the body must be a JSON object with the token as a string".to_owned();
            answer(StatusCode::BAD_REQUEST, 40_003, text)
        }
        Failure::Json(JsonBodyError::Json(_)) => {
            answer(StatusCode::BAD_REQUEST, 40_002, "the body is not JSON".to_owned())
        }
        Failure::Json(error) => answer(StatusCode::BAD_REQUEST, 40_002, error.to_string()),
        Failure::Identity(IdentityRefusal::Service(error)) => fail(error, REQUEST),
        Failure::Identity(refusal) => {
            let text = refusal.to_string();
            match refusal {
                IdentityRefusal::Off => answer(StatusCode::FORBIDDEN, 40_302, text),
                IdentityRefusal::TooMany { after } => {
                    with_retry_after(answer(StatusCode::TOO_MANY_REQUESTS, 42_901, text), *after)
                }
                IdentityRefusal::UnknownAccount => answer(StatusCode::UNAUTHORIZED, 40_106, text),
                IdentityRefusal::Expired => answer(StatusCode::UNAUTHORIZED, 40_108, text),
                IdentityRefusal::Provider(refusal) => {
                    answer(StatusCode::UNAUTHORIZED, code_of(*refusal), text)
                }
                _ => answer(StatusCode::UNAUTHORIZED, 40_107, text),
            }
        }
    }
}

/// What is wrong with a token of the account's identity provider.
fn code_of(refusal: ProviderTokenRefusal) -> u32 {
    match refusal {
        ProviderTokenRefusal::Expired => 40_108,
        ProviderTokenRefusal::Mismatch(_) => 40_110,
        ProviderTokenRefusal::Claim(_) => 40_111,
        ProviderTokenRefusal::TooEarly => 40_112,
        _ => 40_109,
    }
}
