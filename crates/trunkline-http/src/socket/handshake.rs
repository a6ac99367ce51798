//! From an HTTP request to a WebSocket. Source: RFC 6455 §4.2.
//!
//! No subprotocol and no extension is ever agreed to (spec 21 §1): `permessage-deflate`, which agents offer, is declined by
//! saying nothing.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use crate::error::error_response;
use crate::server::{Shutdown, Upgrades};

/// A request that may become a WebSocket.
pub(crate) struct Handshake {
    response: Response,
    upgrade: OnUpgrade,
    upgrades: Upgrades,
}

/// Why a request cannot become a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HandshakeRefusal {
    /// It does not ask for it, or asks for another version: 426.
    Upgrade,
    /// It asks for it in a way nobody can answer: 400.
    Malformed,
}

impl Handshake {
    /// Checks the request and takes the connection's upgrade out of it.
    ///
    /// # Errors
    /// See [`HandshakeRefusal`].
    pub(crate) fn take(request: &mut Request) -> Result<Self, HandshakeRefusal> {
        let response = create_response_with_body(request, Body::empty).map_err(|error| match error {
            Error::Protocol(
                ProtocolError::WrongHttpVersion
                | ProtocolError::MissingConnectionUpgradeHeader
                | ProtocolError::MissingUpgradeWebSocketHeader
                | ProtocolError::MissingSecWebSocketVersionHeader,
            ) => HandshakeRefusal::Upgrade,
            _ => HandshakeRefusal::Malformed,
        })?;
        // Absent when the request came over something that cannot be upgraded.
        let upgrade = request.extensions_mut().remove().ok_or(HandshakeRefusal::Upgrade)?;
        let upgrades = request.extensions_mut().remove().ok_or(HandshakeRefusal::Upgrade)?;
        Ok(Self { response, upgrade, upgrades })
    }

    /// Agrees. `serve` gets the connection as soon as the answer is out; it is not called when that fails.
    pub(crate) fn accept<F>(self, serve: impl FnOnce(Connection, Shutdown) -> F + Send + 'static) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Self { response, upgrade, upgrades } = self;
        let Upgrades { tasks, shutdown } = upgrades;
        tasks.spawn(async move {
            match upgrade.await {
                Ok(upgraded) => serve(Connection::new(upgraded), shutdown).await,
                Err(error) => tracing::debug!(%error, "the connection ended before it became a WebSocket"),
            }
        });
        response
    }
}

impl HandshakeRefusal {
    pub(crate) fn answer(self) -> Response {
        match self {
            Self::Upgrade => {
                let mut response = error_response(StatusCode::UPGRADE_REQUIRED, "this path is a WebSocket");
                let headers = response.headers_mut();
                headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
                response
            }
            Self::Malformed => error_response(StatusCode::BAD_REQUEST, "malformed WebSocket handshake"),
        }
    }
}

/// An upgraded connection. Bytes that came together with the handshake are read first.
pub(crate) type Connection = TokioIo<hyper::upgrade::Upgraded>;
