//! Identities of consumers who need no connector: a web chat asks for them itself. Source: spec 24 §2.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Auth, ConsumerId, Endpoint, EpochSeconds, ExternalConsumerId};

/// Path of `signup`.
pub const SIGN_UP_PATH: &str = "/api/account/{account}/signup";
/// Path of `authenticate`.
pub const AUTHENTICATE_PATH: &str = "/api/account/{account}/authenticate";
/// Path of `anonymous/authorize`.
pub const AUTHORIZE_PATH: &str = "/api/account/{account}/anonymous/authorize";
/// Path of `app/{connectorId}/authenticate`.
pub const EXCHANGE_PATH: &str = "/api/account/{account}/app/{connector}/authenticate";

macro_rules! secret_text {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

/// `signup`: a new anonymous consumer. The body means nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUp {}

impl Endpoint for SignUp {
    const METHOD: http::Method = http::Method::POST;
    const PATH: &'static str = SIGN_UP_PATH;
    const AUTH: Auth = Auth::SignUp;
    type Response = JwtResponse;
}

/// `authenticate`: an external token for the socket's token, the older way.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authenticate {
    /// The external token.
    #[serde(rename = "authCode")]
    pub auth_code: String,
}

secret_text!(Authenticate);

impl Endpoint for Authenticate {
    const METHOD: http::Method = http::Method::POST;
    const PATH: &'static str = AUTHENTICATE_PATH;
    const AUTH: Auth = Auth::IdToken;
    type Response = JwtResponse;
}

/// `anonymous/authorize`: an identity that lasts ten minutes, or ten minutes more for the one that is shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorize {
    /// The identity to renew; without one it is a new consumer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

secret_text!(Authorize);

impl Endpoint for Authorize {
    const METHOD: http::Method = http::Method::POST;
    const PATH: &'static str = AUTHORIZE_PATH;
    const AUTH: Auth = Auth::SignUp;
    type Response = TokenResponse;
}

/// `app/{connectorId}/authenticate`: an external token for the socket's token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The external token.
    pub id_token: String,
}

secret_text!(Exchange);

impl Endpoint for Exchange {
    const METHOD: http::Method = http::Method::POST;
    const PATH: &'static str = EXCHANGE_PATH;
    const AUTH: Auth = Auth::IdToken;
    type Response = TokenResponse;
}

/// The answer of the older routes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwtResponse {
    /// The token.
    pub jwt: String,
}

secret_text!(JwtResponse);

/// The answer of the newer routes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResponse {
    /// The token.
    pub token: String,
}

secret_text!(TokenResponse);

/// What a consumer's token is for. The names are ours: clients do not look at the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityUse {
    /// To be renewed, and exchanged for a token that opens sockets. Opens none itself.
    Renewable,
    /// Opens sockets; got for a renewable one, and over when that is.
    Exchanged,
    /// Opens sockets; by `signup`.
    SignedUp,
    /// Opens sockets; got for a token of the identity provider that the account trusts.
    Authenticated,
}

/// Who an authenticated consumer is to its identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalIdentity {
    /// `sub` of its token.
    pub sub: ExternalConsumerId,
    /// `iss` of its token.
    pub iss: String,
}

/// The claims of a consumer's token. Source: spec 24 §2; those from `auth_time` to `token_use` are ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityClaims {
    /// The consumer: the originator of its own events.
    pub sub: ConsumerId,
    /// `acc:{account}`.
    pub aud: String,
    /// [`IdentityClaims::ISSUER`].
    pub iss: String,
    /// The end.
    pub exp: EpochSeconds,
    /// When this token was issued.
    pub iat: EpochSeconds,
    /// When the identity began; renewals keep it.
    pub auth_time: EpochSeconds,
    /// The name that this server made up for the consumer, or `sub` of the token of another.
    pub ext_consumer_id: ExternalConsumerId,
    /// What the token is for.
    pub token_use: IdentityUse,
    /// Of authenticated consumers only.
    #[serde(default, rename = "lp.ext", skip_serializing_if = "Option::is_none")]
    pub lp_ext: Option<ExternalIdentity>,
}

impl IdentityClaims {
    /// `iss` of every such token.
    pub const ISSUER: &'static str = "idp";

    /// `aud` of an account.
    pub fn audience(account: &AccountId) -> String {
        format!("acc:{account}")
    }
}
