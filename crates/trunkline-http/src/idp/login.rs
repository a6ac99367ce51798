//! `POST /api/account/{account}/login`. Source: spec 20 §3.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{StatusCode, Uri, header};
use trunkline_model::Role;
use trunkline_services::Services;
use trunkline_services::idp::{LoginRefusal, SignedInUser};
use trunkline_wire::AccountId;
use trunkline_wire::domains::BaseUris;
use trunkline_wire::idp::{LoginConfig, LoginRequest, LoginResponse};

use super::cookie::set_session;
use super::refusal::{Refusal, accepts_version};
use crate::error::json_response;
use crate::extract::{Body, BodyError, Params};

pub(super) async fn login(
    State(services): State<Arc<Services>>,
    params: Params,
    uri: Uri,
    body: Result<Body, BodyError>,
) -> Response {
    let answer = sign_in(&services, params.account(), &uri, body).await;
    answer.unwrap_or_else(|refusal| refusal.answer(services.clock.now()))
}

async fn sign_in(
    services: &Services,
    account: Option<AccountId>,
    uri: &Uri,
    body: Result<Body, BodyError>,
) -> Result<Response, Refusal> {
    if !accepts_version(uri) {
        return Err(Refusal::Version);
    }
    let body = body.map_err(Refusal::Body)?;
    let request: LoginRequest = body.json().map_err(Refusal::Json)?;
    let account = account.ok_or(Refusal::Login(LoginRefusal::Credentials))?;
    let signed_in = services.idp.login(&account, request).await.map_err(Refusal::Login)?;
    let base_uris = BaseUris { base_uris: services.domains.list(&account) };
    Ok(answer(&signed_in, base_uris))
}

fn answer(signed_in: &SignedInUser, base_uris: BaseUris) -> Response {
    let SignedInUser { user, session } = signed_in;
    let config = LoginConfig::new(
        user.login_name.clone(),
        user.id,
        user.agent_id(),
        privileges(user.role),
        user.role == Role::Admin,
        session.created_at,
    );
    let cookie = session.cookie.expose();
    let (bearer, csrf) = (session.bearer.expose().to_owned(), session.csrf.expose().to_owned());
    let body = LoginResponse::new(config, base_uris, session.ttl, bearer, csrf, cookie.to_owned());
    let mut response = json_response(StatusCode::OK, &body);
    response.headers_mut().extend(set_session(cookie).map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

/// What a role may do, as [`LoginConfig::user_privileges`] counts it.
fn privileges(role: Role) -> Vec<u32> {
    match role {
        Role::Agent => vec![1],
        Role::Manager => vec![1, 2],
        Role::Admin => vec![1, 2, 3],
    }
}
