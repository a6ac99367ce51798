//! The agent WebSocket. Source: spec 21 §1 – §6.
//!
//! The bearer is part of the path, so nothing here logs a path.

mod exchange;
mod refusal;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use http::{Method, Uri};
use trunkline_services::Services;
use trunkline_services::auth::{BearerRefusal, SignedIn};
use trunkline_wire::Auth;
use trunkline_wire::agent::{AGENT_PATH, AgentVersion};

use crate::RouteInfo;
use crate::extract::{Pairs, Params};
use crate::socket::{self, Handshake, Kind, Sockets};
use refusal::Refusal;

/// The routes of this module.
pub(crate) const ROUTES: &[RouteInfo] = &[RouteInfo::new(Method::GET, AGENT_PATH, Auth::BearerInPath)];

pub(crate) fn router(sockets: Sockets) -> Router<Arc<Services>> {
    Router::new().route(AGENT_PATH, get(connect).layer(Extension(sockets)))
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
    let caller = caller(services, params).await?;
    let version = version(request.uri()).ok_or(Refusal::Version)?;
    let handshake = Handshake::take(&mut request)?;
    let exchange = services.agents.connect(caller, version).await?;
    let counted = sockets.open.count(Kind::Agent);
    Ok(handshake.accept(async move |connection, shutdown| {
        let _counted = counted;
        socket::run(connection, exchange, sockets.limits, shutdown).await;
    }))
}

async fn caller(services: &Services, params: &Params) -> Result<SignedIn, Refusal> {
    let account = params.account().ok_or(Refusal::Bearer(BearerRefusal::WrongAccount))?;
    services.auth.signed_in(&account, params.get("bearer")).await.map_err(Refusal::Bearer)
}

/// The version in `v`. Each `v` there is must be known, and all must mean the same.
fn version(uri: &Uri) -> Option<AgentVersion> {
    let pairs = Pairs::of_query(uri).ok()?;
    let mut versions = pairs.all("v").map(|v| AgentVersion::parse(Some(v)));
    let Some(first) = versions.next() else { return AgentVersion::parse(None) };
    first.filter(|_| versions.all(|other| other == first))
}
