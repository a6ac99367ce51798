//! IDP over HTTP: the ConsumerJWS (spec 04), consumers without a connector (spec 24 §2), and login, refresh and logout of agents and admins (spec 20 §3–5).

mod consumer;
mod cookie;
mod identity;
mod login;
mod refusal;
mod session;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use http::Method;
use trunkline_services::Services;
use trunkline_wire::Auth;
use trunkline_wire::idp::{
    AUTHENTICATE_PATH, AUTHORIZE_PATH, Authenticate, Authorize, CONSUMER_PATH, ConsumerRequest,
    EXCHANGE_PATH, Exchange, LOGIN_PATH, LOGOUT_PATH, LoginRequest, LogoutRequest, REFRESH_PATH,
    RefreshRequest, SIGN_UP_PATH, SignUp,
};

use crate::routes::RouteInfo;

/// The routes of this module.
pub(crate) const ROUTES: &[RouteInfo] = &[
    RouteInfo::of::<ConsumerRequest>(),
    RouteInfo::of::<LoginRequest>(),
    RouteInfo::of::<RefreshRequest>(),
    RouteInfo::of::<LogoutRequest>(),
    RouteInfo::of::<SignUp>(),
    RouteInfo::of::<Authenticate>(),
    RouteInfo::of::<Authorize>(),
    RouteInfo::of::<Exchange>(),
    RouteInfo::new(Method::OPTIONS, SIGN_UP_PATH, Auth::None),
    RouteInfo::new(Method::OPTIONS, AUTHENTICATE_PATH, Auth::None),
    RouteInfo::new(Method::OPTIONS, AUTHORIZE_PATH, Auth::None),
    RouteInfo::new(Method::OPTIONS, EXCHANGE_PATH, Auth::None),
];

/// The paths for pages of any origin: nothing there looks at cookies or at who calls.
pub(crate) const FOR_PAGES: [&str; 4] = [SIGN_UP_PATH, AUTHENTICATE_PATH, AUTHORIZE_PATH, EXCHANGE_PATH];

pub(crate) fn router() -> Router<Arc<Services>> {
    Router::new()
        .route(CONSUMER_PATH, post(consumer::consumer))
        .route(LOGIN_PATH, post(login::login))
        .route(REFRESH_PATH, post(session::refresh))
        .route(LOGOUT_PATH, post(session::logout))
        .route(SIGN_UP_PATH, post(identity::sign_up).options(identity::preflight))
        .route(AUTHENTICATE_PATH, post(identity::authenticate).options(identity::preflight))
        .route(AUTHORIZE_PATH, post(identity::authorize).options(identity::preflight))
        .route(EXCHANGE_PATH, post(identity::exchange).options(identity::preflight))
}
