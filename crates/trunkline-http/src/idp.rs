//! IDP over HTTP: the ConsumerJWS (spec 04), and login, refresh and logout of agents and admins (spec 20 §3–5).

mod consumer;
mod cookie;
mod login;
mod refusal;
mod session;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use trunkline_services::Services;
use trunkline_wire::idp::{
    CONSUMER_PATH, ConsumerRequest, LOGIN_PATH, LOGOUT_PATH, LoginRequest, LogoutRequest, REFRESH_PATH,
    RefreshRequest,
};

use crate::routes::RouteInfo;

/// The routes of this module.
pub(crate) const ROUTES: &[RouteInfo] = &[
    RouteInfo::of::<ConsumerRequest>(),
    RouteInfo::of::<LoginRequest>(),
    RouteInfo::of::<RefreshRequest>(),
    RouteInfo::of::<LogoutRequest>(),
];

pub(crate) fn router() -> Router<Arc<Services>> {
    Router::new()
        .route(CONSUMER_PATH, post(consumer::consumer))
        .route(LOGIN_PATH, post(login::login))
        .route(REFRESH_PATH, post(session::refresh))
        .route(LOGOUT_PATH, post(session::logout))
}
