//! What every endpoint type says about itself, so that server and clients cannot drift apart.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// Anybody.
    None,
    /// Credentials in the body or query: token and login endpoints.
    Credentials,
    /// A session's cookie and csrf token: refresh and logout (spec 20 §4).
    SessionCookie,
    /// `Authorization: Bearer` of an admin user (spec 02 §2).
    AdminBearer,
    /// `Authorization: Bearer` of any signed-in user of the account (spec 02 §2).
    UserBearer,
    /// The bearer of a signed-in user in the path: the agent WebSocket (spec 21 §1).
    BearerInPath,
    /// `Authorization` with an AppJWT (spec 03).
    AppJwt,
    /// An AppJWT and `X-LP-ON-BEHALF` with a ConsumerJWS (spec 05 §1).
    AppJwtOnBehalf,
    /// `Authorization: Bearer` with the operator token of this installation.
    Operator,
}

/// One operation: its method, path, authorisation and bodies.
pub trait Endpoint: Serialize + DeserializeOwned {
    /// The HTTP method.
    const METHOD: http::Method;
    /// The path with its parameters in braces: `/api/account/{account}/consumer`.
    const PATH: &'static str;
    /// Who may call it.
    const AUTH: Auth;
    /// The body of a successful answer.
    type Response: Serialize + DeserializeOwned;
}
