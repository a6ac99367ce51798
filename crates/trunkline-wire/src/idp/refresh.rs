//! `POST /api/account/{account}/refresh` and `/logout`: keep or end a session. Source: spec 20 §4, §5.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Auth, Endpoint};

/// The path of refresh.
pub const REFRESH_PATH: &str = "/api/account/{account}/refresh";
/// The path of logout.
pub const LOGOUT_PATH: &str = "/api/account/{account}/logout";
/// The cookie that names the session.
pub const SESSION_COOKIE: &str = "Session_id";

macro_rules! csrf_request {
    ($(#[$doc:meta])* $name:ident, $path:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub struct $name {
            /// The csrf token of the login answer.
            pub csrf: String,
        }

        impl $name {
            /// Carries this csrf token.
            pub fn new(csrf: String) -> Self {
                Self { csrf }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl Endpoint for $name {
            const METHOD: http::Method = http::Method::POST;
            const PATH: &'static str = $path;
            const AUTH: Auth = Auth::SessionCookie;
            type Response = ();
        }
    };
}

csrf_request! {
    /// Moves the end of the session of the cookie. Answered with an empty body.
    RefreshRequest, REFRESH_PATH
}

csrf_request! {
    /// Ends the session of the cookie.
    LogoutRequest, LOGOUT_PATH
}
