//! The Domain API over HTTP: which host serves which service. Source: spec 01; the `/csdr` alias: spec 20 §2.
//!
//! Open to everybody, pages of any origin included: they begin here (spec 24 §5). Both forms answer with and without `.json`, because the Botium connector leaves the suffix out.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use http::{Method, StatusCode, Uri};
use serde::Serialize;
use trunkline_services::{Error, Services};
use trunkline_wire::domains::{GetDomain, ListDomains};
use trunkline_wire::{AccountId, Auth, Endpoint};

use crate::RouteInfo;
use crate::error::{internal_error, json_response, unavailable};
use crate::extract::{self, Params};

const LIST_BARE: &str = "/api/account/{account}/service/baseURI";
const LIST_CSDR: &str = "/csdr/account/{account}/service/baseURI.json";
const LIST_CSDR_BARE: &str = "/csdr/account/{account}/service/baseURI";
const ONE_BARE: &str = "/api/account/{account}/service/{service}/baseURI";
const ONE_CSDR: &str = "/csdr/account/{account}/service/{service}/baseURI.json";
const ONE_CSDR_BARE: &str = "/csdr/account/{account}/service/{service}/baseURI";

/// The routes of this module.
pub(crate) const ROUTES: &[RouteInfo] = &[
    RouteInfo::of::<ListDomains>(),
    RouteInfo::new(Method::GET, LIST_BARE, Auth::None),
    RouteInfo::new(Method::GET, LIST_CSDR, Auth::None),
    RouteInfo::new(Method::GET, LIST_CSDR_BARE, Auth::None),
    RouteInfo::of::<GetDomain>(),
    RouteInfo::new(Method::GET, ONE_BARE, Auth::None),
    RouteInfo::new(Method::GET, ONE_CSDR, Auth::None),
    RouteInfo::new(Method::GET, ONE_CSDR_BARE, Auth::None),
];

pub(crate) fn router() -> Router<Arc<Services>> {
    let mut router = Router::new();
    for path in [ListDomains::PATH, LIST_BARE, LIST_CSDR, LIST_CSDR_BARE] {
        router = router.route(path, get(all));
    }
    for path in [GetDomain::PATH, ONE_BARE, ONE_CSDR, ONE_CSDR_BARE] {
        router = router.route(path, get(one));
    }
    router
}

async fn all(State(services): State<Arc<Services>>, params: Params, RawQuery(query): RawQuery) -> Response {
    if !accepts_version(query.as_deref()) {
        return bad_version();
    }
    let Some(account) = params.account() else {
        return unknown_account();
    };
    match services.domains.all(&account).await {
        Ok(list) => json_response(StatusCode::OK, &list),
        Err(error) => refuse(&error),
    }
}

async fn one(
    State(services): State<Arc<Services>>,
    params: Params,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Response {
    if !accepts_version(query.as_deref()) {
        return bad_version();
    }
    let Some(account) = params.account().or_else(|| account_of(uri.path())) else {
        return unknown_account();
    };
    match services.domains.one(&account, params.get("service").unwrap_or_default()).await {
        Ok(Some(entry)) => json_response(StatusCode::OK, &entry),
        // The status says it all; spec 01 §2 recommends an empty object.
        Ok(None) => json_response(StatusCode::NOT_FOUND, &Empty {}),
        Err(error) => refuse(&error),
    }
}

/// The account of a path that has a parameter which is not UTF-8: then there are no parameters. An account needs no
/// percent-encoding.
fn account_of(path: &str) -> Option<AccountId> {
    path.split('/').nth(3).and_then(extract::account)
}

/// `version` is documented as required and as `1.0`; every known caller sends that, and leaving it out is forgiven.
fn accepts_version(query: Option<&str>) -> bool {
    let pairs = query.unwrap_or_default().split('&');
    let mut versions = pairs.filter_map(|pair| pair.strip_prefix("version="));
    versions.all(|version| matches!(version, "" | "1" | "1.0"))
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct Refusal {
    error: &'static str,
}

fn bad_version() -> Response {
    json_response(StatusCode::BAD_REQUEST, &Refusal { error: "version must be 1.0" })
}

fn unknown_account() -> Response {
    json_response(StatusCode::UNAUTHORIZED, &Refusal { error: "unknown account" })
}

fn refuse(error: &Error) -> Response {
    match error {
        Error::NotFound(_) => unknown_account(),
        Error::Overloaded => unavailable(Duration::from_secs(1)),
        error => {
            tracing::error!(error = error as &dyn std::error::Error, "a domain look-up failed");
            internal_error()
        }
    }
}
