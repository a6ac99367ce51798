//! Sentinel over HTTP: an AppJWT for client credentials, and the public keys. Source: spec 03.

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use trunkline_services::sentinel::TokenRefusal;
use trunkline_services::{Error, Services};
use trunkline_wire::sentinel::{
    JWKS_PATH, TOKEN_PATH_V1, TOKEN_PATH_V2, TokenError, TokenErrorCode, TokenRequest,
};
use trunkline_wire::{AccountId, Auth};

use crate::context::RequestContext;
use crate::error::{json_response, json_text, with_retry_after};
use crate::extract::{Body, BodyError, Params};
use crate::rate_limit::Quota;
use crate::routes::RouteInfo;

/// The routes of this module.
pub(crate) const ROUTES: &[RouteInfo] = &[
    RouteInfo::of::<TokenRequest>(),
    RouteInfo::new(Method::POST, TOKEN_PATH_V2, Auth::Credentials),
    RouteInfo::new(Method::GET, JWKS_PATH, Auth::None),
];

pub(crate) fn router() -> Router<Arc<Services>> {
    Router::new()
        .route(TOKEN_PATH_V1, post(token_v1))
        .route(TOKEN_PATH_V2, post(token_v2))
        .route(JWKS_PATH, get(jwks))
}

/// Why no token was issued.
enum Failure {
    Body(BodyError),
    Refusal(TokenRefusal),
    Throttled(Quota),
}

async fn token_v1(
    State(services): State<Arc<Services>>,
    context: RequestContext,
    params: Params,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Body, BodyError>,
) -> Response {
    let answer = match read(query.as_deref(), &headers, body) {
        Ok(request) => issue(&services, &context, params.account(), request).await,
        Err(failure) => Err(failure),
    };
    unstored(answer.unwrap_or_else(|failure| refuse(&failure)))
}

/// v2 has no `v`; one that comes all the same means nothing.
async fn token_v2(
    State(services): State<Arc<Services>>,
    context: RequestContext,
    params: Params,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Body, BodyError>,
) -> Response {
    let answer = match read(query.as_deref(), &headers, body) {
        Ok(mut request) => {
            request.v = None;
            issue(&services, &context, params.account(), request).await
        }
        Err(failure) => Err(failure),
    };
    unstored(answer.unwrap_or_else(|failure| refuse(&failure)))
}

async fn jwks(State(services): State<Arc<Services>>) -> Response {
    let mut response = json_response(StatusCode::OK, &services.sentinel.jwks());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    response
}

fn read(
    query: Option<&str>,
    headers: &HeaderMap,
    body: Result<Body, BodyError>,
) -> Result<TokenRequest, Failure> {
    let body = body.map_err(Failure::Body)?;
    let content_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    TokenRequest::read(query, content_type, body.bytes()).map_err(|error| Failure::Refusal(error.into()))
}

async fn issue(
    services: &Services,
    context: &RequestContext,
    account: Option<AccountId>,
    request: TokenRequest,
) -> Result<Response, Failure> {
    // An account that cannot exist has no apps.
    let account = account.ok_or(Failure::Refusal(TokenRefusal::Client))?;
    let issued = services.sentinel.token(&account, request).await.map_err(Failure::Refusal)?;
    // Counted only now, so that nobody without the secret can use up an app's quota.
    let quota = context.check(issued.app).map_err(Failure::Throttled)?;
    // A token has no character that JSON would escape.
    let body = [r#"{"access_token":""#, &*issued.token, r#"","token_type":"Bearer"}"#].concat();
    let mut response = json_text(StatusCode::OK, body);
    // The one answer whose documented content type names the character set. Source: spec 03 §3.
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8"));
    Ok((quota, response).into_response())
}

fn refuse(failure: &Failure) -> Response {
    match failure {
        Failure::Body(error) => {
            let body = TokenError::new(TokenErrorCode::InvalidRequest, &error.to_string());
            json_response(error.status(), &body)
        }
        Failure::Throttled(quota) => {
            let code = TokenErrorCode::TemporarilyUnavailable;
            let body = TokenError::new(code, "too many requests of this app installation; retry later");
            (quota.clone(), json_response(code.status(), &body)).into_response()
        }
        Failure::Refusal(refusal) => {
            if let TokenRefusal::Service(error) = refusal
                && !matches!(error, Error::Overloaded)
            {
                tracing::error!(error = error as &dyn std::error::Error, "a token request failed");
            }
            let code = refusal.code();
            let response = json_response(code.status(), &TokenError::new(code, &refusal.to_string()));
            match code {
                TokenErrorCode::TemporarilyUnavailable => with_retry_after(response, Duration::from_secs(1)),
                _ => response,
            }
        }
    }
}

/// Neither tokens nor refusals may be kept by anybody in between. Source: RFC 6749 §5.1, §5.2.
fn unstored(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
