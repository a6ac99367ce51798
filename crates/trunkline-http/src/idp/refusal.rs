//! The error answers of login, refresh and logout. Source: spec 20 §3.3.

use std::time::Duration;

use axum::response::Response;
use http::{StatusCode, Uri};
use trunkline_services::Error;
use trunkline_services::auth::SessionRefusal;
use trunkline_services::idp::LoginRefusal;
use trunkline_wire::EpochMillis;
use trunkline_wire::idp::LoginError;

use crate::error::{json_response, with_retry_after};
use crate::extract::{BodyError, JsonBodyError, Pairs};

/// The docs tell clients to wait at least this long before they log in again. Source: spec 20 §3.3.
const LOGIN_WAIT: Duration = Duration::from_secs(5);

/// Why a request was refused.
pub(super) enum Refusal {
    Version,
    Body(BodyError),
    Json(JsonBodyError),
    Login(LoginRefusal),
    Session(SessionRefusal),
}

/// All versions are the same, and a missing one is accepted (spec 20 §3).
pub(super) fn accepts_version(uri: &Uri) -> bool {
    let known = |version: &str| matches!(version, "" | "1.0" | "1" | "1.1" | "1.2" | "1.3");
    Pairs::of_query(uri).is_ok_and(|pairs| pairs.all("v").all(known))
}

impl Refusal {
    /// The answer: status line and body both say it, because SDK generations read one or the other.
    pub(super) fn answer(&self, now: EpochMillis) -> Response {
        let (status, code, text) = self.verdict();
        let response = json_response(status, &LoginError::new(now, status, code, text));
        match self {
            Self::Login(LoginRefusal::Throttled { after }) => {
                with_retry_after(response, LOGIN_WAIT.max(*after))
            }
            _ if status == StatusCode::TOO_MANY_REQUESTS => with_retry_after(response, LOGIN_WAIT),
            _ => response,
        }
    }

    fn verdict(&self) -> (StatusCode, u32, String) {
        let other = LoginError::OTHER;
        match self {
            Self::Version => {
                (StatusCode::BAD_REQUEST, other, "parameter v must be 1.1, 1.2 or 1.3".to_owned())
            }
            Self::Body(error) => (error.status(), other, error.to_string()),
            Self::Json(error) => (StatusCode::BAD_REQUEST, other, error.to_string()),
            Self::Login(LoginRefusal::Service(error)) | Self::Session(SessionRefusal::Storage(error)) => {
                trouble(error)
            }
            Self::Login(refusal) => {
                let (status, code) = match refusal {
                    LoginRefusal::Credentials => (StatusCode::UNAUTHORIZED, LoginError::BAD_CREDENTIALS),
                    LoginRefusal::Saml => (StatusCode::NOT_IMPLEMENTED, other),
                    LoginRefusal::Throttled { .. } => (StatusCode::TOO_MANY_REQUESTS, other),
                    _ => (StatusCode::BAD_REQUEST, other),
                };
                (status, code, refusal.to_string())
            }
            Self::Session(refusal) => {
                let code = if matches!(refusal, SessionRefusal::Csrf) { LoginError::BAD_CSRF } else { other };
                (StatusCode::UNAUTHORIZED, code, refusal.to_string())
            }
        }
    }
}

fn trouble(error: &Error) -> (StatusCode, u32, String) {
    if matches!(error, Error::Overloaded) {
        let text = "too many logins wait; retry later".to_owned();
        return (StatusCode::TOO_MANY_REQUESTS, LoginError::OTHER, text);
    }
    tracing::error!(error = error as &dyn std::error::Error, "a login request failed");
    (StatusCode::INTERNAL_SERVER_ERROR, LoginError::OTHER, "internal error".to_owned())
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    #[test]
    fn every_known_version_and_none_is_accepted() {
        for (query, accepted) in [
            ("", true),
            ("?v=1.1", true),
            ("?v=1.2", true),
            ("?v=1.3", true),
            ("?v=2", false),
            ("?v=1.3&v=x", false),
        ] {
            let uri: Uri = format!("/api/account/1/login{query}").parse().unwrap();
            assert_eq!(accepts_version(&uri), accepted, "{query}");
        }
    }

    #[test]
    fn refusals_have_the_status_of_the_table() {
        for (refusal, status, code) in [
            (Refusal::Version, 400, 0),
            (Refusal::Login(LoginRefusal::Incomplete), 400, 0),
            (Refusal::Login(LoginRefusal::Credentials), 401, 8),
            (Refusal::Login(LoginRefusal::Saml), 501, 0),
            (Refusal::Login(LoginRefusal::Service(Error::Overloaded)), 429, 0),
            (Refusal::Login(LoginRefusal::Service(Error::NotFound("x"))), 500, 0),
            (Refusal::Session(SessionRefusal::Csrf), 401, 10),
            (Refusal::Session(SessionRefusal::Expired), 401, 0),
            (Refusal::Session(SessionRefusal::Unknown), 401, 0),
            (Refusal::Body(BodyError::TooLarge), 413, 0),
        ] {
            let (actual, internal, _) = refusal.verdict();
            assert_eq!((actual.as_u16(), internal), (status, code));
        }
    }

    #[test]
    fn a_throttled_login_says_when_to_come_back_but_never_before_five_seconds() {
        for (after, header) in [(50, "50"), (1, "5")] {
            let refusal = Refusal::Login(LoginRefusal::Throttled { after: Duration::from_secs(after) });
            let response = refusal.answer(EpochMillis(0));
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(response.headers()[header::RETRY_AFTER], header);
        }
    }
}
