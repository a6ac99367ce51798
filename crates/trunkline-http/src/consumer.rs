//! The consumer WebSocket. Source: spec 24 §1.
//!
//! A token that is refused closes the socket after the handshake instead of refusing that, because browsers cannot see the
//! status of a handshake.

mod exchange;
mod properties;
mod refusal;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use http::{HeaderMap, Method, Uri, header};
use trunkline_services::Services;
use trunkline_wire::Auth;
use trunkline_wire::agent::{CONSUMER_PATH, CONSUMER_VERSION, ConsumerToken};

use crate::RouteInfo;
use crate::extract::{Pairs, Params};
use crate::socket::{self, Handshake, Kind, Sockets};
use refusal::Refusal;

/// The routes of this module.
pub(crate) const ROUTES: &[RouteInfo] = &[RouteInfo::new(Method::GET, CONSUMER_PATH, Auth::ConsumerToken)];

pub(crate) fn router(sockets: Sockets) -> Router<Arc<Services>> {
    Router::new().route(CONSUMER_PATH, get(connect).layer(Extension(sockets)))
}

async fn connect(
    State(services): State<Arc<Services>>,
    Extension(sockets): Extension<Sockets>,
    params: Params,
    request: Request,
) -> Response {
    open(&services, sockets, &params, request).await.unwrap_or_else(Refusal::answer)
}

async fn open(
    services: &Services,
    sockets: Sockets,
    params: &Params,
    mut request: Request,
) -> Result<Response, Refusal> {
    let account = params.account().ok_or(Refusal::Account)?;
    if !accepts_version(request.uri()) {
        return Err(Refusal::Version);
    }
    let handshake = Handshake::take(&mut request)?;
    let token = token(request.headers());
    let properties = properties::of(request.headers(), request.uri());
    let exchange = services.consumers.connect(account, token.as_ref(), properties).await?;
    let counted = sockets.open.count(Kind::Consumer);
    Ok(handshake.accept(async move |connection, shutdown| {
        let _counted = counted;
        socket::run(connection, exchange, sockets.limits, shutdown).await;
    }))
}

/// A header that holds no token is a wrong one (spec 24 §1); only without a header may the first frame bring one.
fn token(headers: &HeaderMap) -> Option<ConsumerToken> {
    let value = headers.get(header::AUTHORIZATION)?;
    Some(value.to_str().map_or_else(|_| ConsumerToken::unreadable(), ConsumerToken::of))
}

/// Each `v` there is must be 3; a missing one is accepted (spec 00 §5).
fn accepts_version(uri: &Uri) -> bool {
    Pairs::of_query(uri).is_ok_and(|pairs| pairs.all("v").all(|v| v == CONSUMER_VERSION))
}
