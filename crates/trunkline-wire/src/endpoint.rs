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
    /// Anybody, who becomes a new consumer by it; an identity that is shown to be renewed is checked (spec 24 §2).
    SignUp,
    /// A consumer's external token in the body (spec 24 §2).
    IdToken,
    /// A consumer's token, in `Authorization` or in the first frame (spec 24 §1).
    ConsumerToken,
    /// `Authorization: Bearer` of an admin user (spec 02 §2).
    AdminBearer,
    /// `Authorization: Bearer` of any signed-in user of the account (spec 02 §2).
    UserBearer,
    /// The bearer of a signed-in user in the path: the agent WebSocket (spec 21 §1).
    BearerInPath,
    /// A signature in the query, which allows one method on one path for a while (spec 07 §7).
    SignedUrl,
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
