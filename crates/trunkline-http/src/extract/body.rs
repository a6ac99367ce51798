//! Request bodies within their limits.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use serde::Deserialize;
use trunkline_wire::json::check_depth;

use crate::context::RequestContext;
use crate::error::json_text;

/// A whole request body, not longer than [`crate::Limits::body_bytes`] and read within [`crate::Limits::body`].
/// Handlers whose family has its own error body take `Result<Body, BodyError>`.
#[derive(Debug, Clone)]
pub struct Body {
    bytes: Bytes,
    json_depth: usize,
}

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Longer than allowed: 413.
    #[error("the request body is too large")]
    TooLarge,
    /// Not complete in time: 408.
    #[error("the request body did not arrive in time")]
    TimedOut,
    /// The client went away, or sent a body that breaks HTTP's framing: 400, if anybody still listens.
    #[error("the request body is incomplete")]
    Disconnected,
}

/// Why a body is not the JSON that was expected. All are 400.
#[derive(Debug, thiserror::Error)]
pub enum JsonBodyError {
    /// Not UTF-8.
    #[error("the request body is not UTF-8")]
    NotUtf8,
    /// Nested deeper than allowed.
    #[error("the request body is nested deeper than {0} levels")]
    TooDeep(usize),
    /// Not JSON, or not of the expected shape.
    #[error("the request body is not the expected JSON")]
    Json(#[source] serde_json::Error),
}

impl Body {
    /// Takes bytes that are within the limits.
    pub fn new(bytes: Bytes, json_depth: usize) -> Self {
        Self { bytes, json_depth }
    }

    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The bytes, for keeping.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The body as text whose JSON, if it is JSON, is not too deep. Not parsed.
    ///
    /// # Errors
    /// [`JsonBodyError::NotUtf8`] and [`JsonBodyError::TooDeep`].
    pub fn json_text(&self) -> Result<&str, JsonBodyError> {
        let text = std::str::from_utf8(&self.bytes).map_err(|_| JsonBodyError::NotUtf8)?;
        check_depth(&self.bytes, self.json_depth).map_err(|_| JsonBodyError::TooDeep(self.json_depth))?;
        Ok(text)
    }

    /// Parses the body.
    ///
    /// # Errors
    /// When it is not UTF-8, too deep, or not the JSON of a `T`.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, JsonBodyError> {
        serde_json::from_str(self.json_text()?).map_err(JsonBodyError::Json)
    }
}

impl BodyError {
    /// The status that says so.
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::Disconnected => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for BodyError {
    fn into_response(self) -> Response {
        let json = match self {
            Self::TooLarge => r#"{"error":{"status":413,"message":"the request body is too large"}}"#,
            Self::TimedOut => {
                r#"{"error":{"status":408,"message":"the request body did not arrive in time"}}"#
            }
            Self::Disconnected => r#"{"error":{"status":400,"message":"the request body is incomplete"}}"#,
        };
        json_text(self.status(), json)
    }
}

impl IntoResponse for JsonBodyError {
    fn into_response(self) -> Response {
        crate::error::error_response(StatusCode::BAD_REQUEST, &self.to_string())
    }
}

impl<S: Sync> FromRequest<S> for Body {
    type Rejection = BodyError;

    async fn from_request(request: Request, _: &S) -> Result<Self, BodyError> {
        let (parts, body) = request.into_parts();
        let limits = RequestContext::of(&parts.extensions).limits();
        let json_depth = limits.json_depth;
        if body.is_end_stream() {
            return Ok(Self::new(Bytes::new(), json_depth));
        }
        if body.size_hint().lower() > limits.body_bytes as u64 {
            return Err(BodyError::TooLarge);
        }
        let mut reading = pin!(read(body, limits.body_bytes));
        // Most bodies are there already, in the packet that brought the head: no timer for them.
        let first = poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx))).await;
        let bytes = match first {
            Poll::Ready(bytes) => bytes,
            Poll::Pending => {
                tokio::time::timeout(limits.body, reading).await.unwrap_or(Err(BodyError::TimedOut))
            }
        };
        Ok(Self::new(bytes?, json_depth))
    }
}

/// Reads to the end; a body that came in one piece is not copied.
async fn read(mut body: axum::body::Body, most: usize) -> Result<Bytes, BodyError> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else { break };
        let Ok(data) = frame.map_err(|_| BodyError::Disconnected)?.into_data() else { continue };
        if first.len().max(rest.len()) + data.len() > most {
            return Err(BodyError::TooLarge);
        }
        if first.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                let expected = usize::try_from(body.size_hint().lower()).unwrap_or(0).min(most);
                rest.reserve(first.len() + data.len() + expected);
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::Context;

    use hyper::body::Frame;

    use super::*;

    struct Pieces(VecDeque<&'static [u8]>);

    impl hyper::body::Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(Bytes::from_static(piece)))))
        }
    }

    async fn body_of(pieces: &[&'static [u8]], most: usize) -> Result<Bytes, BodyError> {
        read(axum::body::Body::new(Pieces(pieces.iter().copied().collect())), most).await
    }

    #[tokio::test]
    async fn pieces_are_put_together() {
        assert_eq!(body_of(&[], 10).await.unwrap(), "");
        assert_eq!(body_of(&[b"ab"], 10).await.unwrap(), "ab");
        assert_eq!(body_of(&[b"", b"ab", b"", b"cd", b"e"], 5).await.unwrap(), "abcde");
    }

    #[tokio::test]
    async fn one_byte_too_much_is_too_much_wherever_it_comes() {
        assert_eq!(body_of(&[b"abcdef"], 5).await, Err(BodyError::TooLarge));
        assert_eq!(body_of(&[b"ab", b"cdef"], 5).await, Err(BodyError::TooLarge));
        assert_eq!(body_of(&[b"ab", b"cde", b"f"], 5).await, Err(BodyError::TooLarge));
    }

    #[test]
    fn json_is_checked_before_it_is_parsed() {
        let parse = |bytes: &'static [u8]| {
            Body::new(Bytes::from_static(bytes), 2).json::<serde_json::Value>().map(|value| value.to_string())
        };
        assert_eq!(parse(b"[[1]]").unwrap(), "[[1]]");
        assert!(matches!(parse(b"[[[1]]]"), Err(JsonBodyError::TooDeep(2))));
        assert!(matches!(parse(b"\"\xff\""), Err(JsonBodyError::NotUtf8)));
        assert!(matches!(parse(b"[1"), Err(JsonBodyError::Json(_))));
        assert!(matches!(parse(b""), Err(JsonBodyError::Json(_))));
    }
}
