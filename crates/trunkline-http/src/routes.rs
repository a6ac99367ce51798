//! What the routers say about their routes, for the authorisation test and the documentation.

use http::Method;
use trunkline_wire::{Auth, Endpoint};

/// One route: method, path template and who may call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteInfo {
    /// The HTTP method.
    pub method: Method,
    /// The path with its parameters in braces: `/api/account/{account}/consumer`.
    pub path: &'static str,
    /// Who may call it.
    pub auth: Auth,
}

impl RouteInfo {
    /// Describes a route that has no endpoint type.
    pub const fn new(method: Method, path: &'static str, auth: Auth) -> Self {
        Self { method, path, auth }
    }

    /// Describes the route of an endpoint type.
    pub const fn of<E: Endpoint>() -> Self {
        Self { method: E::METHOD, path: E::PATH, auth: E::AUTH }
    }
}
