//! `POST /api/account/{account}/refresh` and `/logout`. Source: spec 20 §4, §5.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri, header};
use trunkline_services::Services;
use trunkline_services::auth::SessionRefusal;
use trunkline_wire::AccountId;
use trunkline_wire::idp::RefreshRequest;

use super::cookie::{session, set_session};
use super::refusal::{Refusal, accepts_version};
use crate::extract::{Body, BodyError, Params};

pub(super) async fn refresh(
    State(services): State<Arc<Services>>,
    params: Params,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Body, BodyError>,
) -> Response {
    let refreshed = async {
        let claim = Claim::read(params.account(), &uri, &headers, body)?;
        let Claim { account, cookie, csrf } = &claim;
        services.idp.refresh(account, cookie, csrf).await.map_err(Refusal::Session)?;
        let mut response = Response::default();
        response.headers_mut().extend(set_session(cookie).map(|cookie| (header::SET_COOKIE, cookie)));
        Ok(response)
    };
    refreshed.await.unwrap_or_else(|refusal: Refusal| refusal.answer(services.clock.now()))
}

pub(super) async fn logout(
    State(services): State<Arc<Services>>,
    params: Params,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Body, BodyError>,
) -> Response {
    let ended = async {
        let claim = Claim::read(params.account(), &uri, &headers, body)?;
        let Claim { account, cookie, csrf } = &claim;
        services.idp.logout(account, cookie, csrf).await.map_err(Refusal::Session)?;
        Ok(Response::default())
    };
    ended.await.unwrap_or_else(|refusal: Refusal| refusal.answer(services.clock.now()))
}

/// The session a request claims to belong to.
struct Claim<'a> {
    account: AccountId,
    cookie: &'a str,
    csrf: String,
}

impl<'a> Claim<'a> {
    fn read(
        account: Option<AccountId>,
        uri: &Uri,
        headers: &'a HeaderMap,
        body: Result<Body, BodyError>,
    ) -> Result<Self, Refusal> {
        if !accepts_version(uri) {
            return Err(Refusal::Version);
        }
        let cookie = session(headers).ok_or(Refusal::Session(SessionRefusal::Unknown))?;
        let body = body.map_err(Refusal::Body)?;
        let RefreshRequest { csrf, .. } = body.json().map_err(Refusal::Json)?;
        let account = account.ok_or(Refusal::Session(SessionRefusal::Unknown))?;
        Ok(Self { account, cookie, csrf })
    }
}
