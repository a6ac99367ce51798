//! JSON answers, common ones and errors. Service families with their own error bodies build them on
//! [`json_response`]; what no family answers (unknown paths, panics, overload) has the common form
//! `{"error":{"status":404,"message":"…"}}`.
//!
//! The content type is `application/json` and nothing else: the official sample parses no other (spec 10 §1, T1).

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: ErrorText<'a>,
}

#[derive(Serialize)]
struct ErrorText<'a> {
    status: u16,
    message: &'a str,
}

/// Answers with JSON text that is at hand already.
pub fn json_text(status: StatusCode, json: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::from(json.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// Answers with a value printed as JSON.
pub fn json_response(status: StatusCode, body: &impl Serialize) -> Response {
    let mut json = Vec::with_capacity(256);
    match serde_json::to_writer(&mut json, body) {
        Ok(()) => json_text(status, json),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "an answer cannot be printed as JSON");
            internal_error()
        }
    }
}

/// Answers an error in the common form.
pub fn error_response(status: StatusCode, message: &str) -> Response {
    json_response(status, &ErrorBody { error: ErrorText { status: status.as_u16(), message } })
}

/// 404 for a path that does not exist.
pub fn not_found() -> Response {
    json_text(StatusCode::NOT_FOUND, r#"{"error":{"status":404,"message":"no such path"}}"#)
}

/// 405 for a path that exists; the router adds `Allow`.
pub fn method_not_allowed() -> Response {
    json_text(
        StatusCode::METHOD_NOT_ALLOWED,
        r#"{"error":{"status":405,"message":"this path does not take this method"}}"#,
    )
}

/// 500 that says nothing about the inside.
pub fn internal_error() -> Response {
    json_text(StatusCode::INTERNAL_SERVER_ERROR, r#"{"error":{"status":500,"message":"internal error"}}"#)
}

/// 503 in the common form: overload, or a store that does not answer.
pub fn unavailable(retry_after: Duration) -> Response {
    let response = json_text(
        StatusCode::SERVICE_UNAVAILABLE,
        r#"{"error":{"status":503,"message":"cannot serve now; retry later"}}"#,
    );
    with_retry_after(response, retry_after)
}

/// Adds `Retry-After` in whole seconds, at least one, because clients wait at least one (spec 09 §1).
pub fn with_retry_after(mut response: Response, wait: Duration) -> Response {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    response.headers_mut().insert(header::RETRY_AFTER, seconds.max(1).into());
    response
}

/// The standard reason of a status, for families whose error body repeats it.
pub fn reason(status: StatusCode) -> Cow<'static, str> {
    status.canonical_reason().map_or_else(|| Cow::Owned(status.as_u16().to_string()), Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn body_of(response: Response) -> serde_json::Value {
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn every_common_error_is_json_and_repeats_its_status() {
        for response in [
            not_found(),
            method_not_allowed(),
            internal_error(),
            unavailable(Duration::from_millis(1)),
            error_response(StatusCode::CONFLICT, "quotes \" are escaped"),
        ] {
            let status = response.status().as_u16();
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
            assert_eq!(body_of(response).await["error"]["status"], status);
        }
    }

    #[test]
    fn waiting_is_rounded_up_to_whole_seconds() {
        for (wait, header) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (5000, "5")] {
            let response = unavailable(Duration::from_millis(wait));
            assert_eq!(response.headers()[header::RETRY_AFTER], header);
        }
    }

    #[tokio::test]
    async fn what_cannot_be_printed_is_an_internal_error() {
        let unprintable = std::collections::HashMap::from([((1, 2), 3)]);
        let response = json_response(StatusCode::OK, &unprintable);
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
