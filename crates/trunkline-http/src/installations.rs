//! App installations over HTTP: create, read, update, delete, and the feature grants. Source: spec 02 §3, §4, §7.
//!
//! Every answer to an authenticated caller carries `ac-revision`, refusals included. Bodies of GET and DELETE are
//! never read: the official sample sends `[object Object]` or a whole manifest there (spec 10 §1 T2, T3). Paths answer
//! with and without a trailing slash, `v` may have any value or be missing.

mod admin;
mod answer;
mod if_match;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use http::{HeaderMap, Method, StatusCode};
use trunkline_services::Services;
use trunkline_services::installations::InstalledApp;
use trunkline_wire::Auth;
use trunkline_wire::installations::{
    CreateInstallation, DeleteInstallation, FEATURE_GRANTS_PATH, FeatureGrants, GetFeatureGrants,
    INSTALLATION_PATH, INSTALLATIONS_PATH, ListInstallations, Manifest, ReadInstallation, UpdateInstallation,
};

use crate::RouteInfo;
use crate::extract::{Body, BodyError};
use crate::failure::Failure;
use admin::{Admin, AdminOfApp};
use answer::{NO_SUCH_APP, answer, failed};

/// The routes of this module; each of the first two paths also answers with a trailing slash.
pub(crate) const ROUTES: &[RouteInfo] = &[
    RouteInfo::of::<ListInstallations>(),
    RouteInfo::of::<CreateInstallation>(),
    RouteInfo::of::<ReadInstallation>(),
    RouteInfo::of::<UpdateInstallation>(),
    RouteInfo::new(Method::POST, INSTALLATION_PATH, Auth::AdminBearer),
    RouteInfo::of::<DeleteInstallation>(),
    RouteInfo::of::<GetFeatureGrants>(),
    RouteInfo::new(Method::POST, FEATURE_GRANTS_PATH, Auth::AdminBearer),
];

pub(crate) fn router() -> Router<Arc<Services>> {
    Router::new()
        .merge(with_and_without_slash(INSTALLATIONS_PATH, &get(list).post(create)))
        .merge(with_and_without_slash(
            INSTALLATION_PATH,
            &get(read).put(update).post(update_by_override).delete(delete),
        ))
        .merge(with_and_without_slash(FEATURE_GRANTS_PATH, &get(feature_grants).post(feature_grants)))
}

fn with_and_without_slash(path: &str, methods: &MethodRouter<Arc<Services>>) -> Router<Arc<Services>> {
    Router::new().route(path, methods.clone()).route(&format!("{path}/"), methods.clone())
}

async fn list(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Response {
    match services.installations.list(&admin).await {
        Ok((apps, revision)) => {
            let apps: Vec<_> = apps.iter().map(InstalledApp::to_wire).collect();
            answer(StatusCode::OK, revision, &apps)
        }
        Err(error) => failed(&services, &admin, error.into()).await,
    }
}

async fn read(State(services): State<Arc<Services>>, caller: AdminOfApp) -> Response {
    let AdminOfApp { admin, id } = caller;
    let result = match id {
        Some(id) => services.installations.get(&admin, id).await.map_err(Failure::from),
        None => Err(NO_SUCH_APP),
    };
    match result {
        Ok((app, revision)) => answer(StatusCode::OK, revision, &app.to_wire()),
        Err(failure) => failed(&services, &admin, failure).await,
    }
}

async fn create(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    headers: HeaderMap,
    body: Result<Body, BodyError>,
) -> Response {
    let result = async {
        let expected = if_match::revision(&headers)?;
        let manifest = parse(&services, body)?;
        Ok(services.installations.create(&admin, manifest, expected).await?)
    };
    match result.await {
        Ok((app, revision)) => answer(StatusCode::CREATED, revision, &app.to_wire()),
        Err(failure) => failed(&services, &admin, failure).await,
    }
}

async fn update(
    State(services): State<Arc<Services>>,
    caller: AdminOfApp,
    headers: HeaderMap,
    body: Result<Body, BodyError>,
) -> Response {
    let AdminOfApp { admin, id } = caller;
    let result = async {
        let id = id.ok_or(NO_SUCH_APP)?;
        let expected = if_match::revision(&headers)?;
        let manifest = parse(&services, body)?;
        Ok(services.installations.update(&admin, id, manifest, expected).await?)
    };
    match result.await {
        Ok((app, revision)) => answer(StatusCode::OK, revision, &app.to_wire()),
        Err(failure) => failed(&services, &admin, failure).await,
    }
}

/// POST with `X-HTTP-Method-Override: PUT`, for clients behind proxies that pass no PUT.
async fn update_by_override(
    state: State<Arc<Services>>,
    caller: AdminOfApp,
    headers: HeaderMap,
    body: Result<Body, BodyError>,
) -> Response {
    let method = headers.get("x-http-method-override");
    if method.is_some_and(|method| method.as_bytes().eq_ignore_ascii_case(b"PUT")) {
        return update(state, caller, headers, body).await;
    }
    answer::method_not_allowed(&state.0, &caller.admin).await
}

async fn delete(State(services): State<Arc<Services>>, caller: AdminOfApp, headers: HeaderMap) -> Response {
    let AdminOfApp { admin, id } = caller;
    let result = async {
        let id = id.ok_or(NO_SUCH_APP)?;
        let expected = if_match::revision(&headers)?;
        Ok(services.installations.delete(&admin, id, expected).await?)
    };
    match result.await {
        Ok(revision) => answer::empty(revision),
        Err(failure) => failed(&services, &admin, failure).await,
    }
}

/// The POST variant is defined in the official sample and never called; it answers like GET.
async fn feature_grants(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Response {
    match services.installations.revision(&admin).await {
        Ok(revision) => answer(StatusCode::OK, revision, &FeatureGrants::messaging()),
        Err(error) => failed(&services, &admin, error.into()).await,
    }
}

fn parse(services: &Services, body: Result<Body, BodyError>) -> Result<Manifest, Failure> {
    let body = body?;
    let manifest = Manifest::parse(body.json_text()?.as_bytes(), services.installations.policy());
    manifest.map_err(|error| Failure::bad_request(error.to_string()))
}
