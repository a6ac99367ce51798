//! IDP: consumer identities (spec 04, 24 §2), and the sessions of agents and admins (spec 20, 02 §2).

mod consumer;
mod error;
mod identity;
mod login;
mod refresh;

pub use consumer::{CONSUMER_PATH, ConsumerError, ConsumerJwsClaims, ConsumerRequest, ConsumerResponse};
pub use error::{LoginError, LoginErrorDetails};
pub use identity::{
    AUTHENTICATE_PATH, AUTHORIZE_PATH, Authenticate, Authorize, EXCHANGE_PATH, Exchange, ExternalIdentity,
    IdentityClaims, IdentityUse, JwtResponse, SIGN_UP_PATH, SignUp, TokenResponse,
};
pub use login::{AccountData, AgentGroup, AgentGroups, LOGIN_PATH, LoginConfig, LoginRequest, LoginResponse};
pub use refresh::{LOGOUT_PATH, LogoutRequest, REFRESH_PATH, RefreshRequest, SESSION_COOKIE};
