//! The `Session_id` cookie. Source: spec 20 §3.2.

use http::{HeaderMap, HeaderValue, header};
use trunkline_wire::idp::SESSION_COOKIE;

/// The session a request names, if it names one.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs
        .filter(|(name, _)| *name == SESSION_COOKIE)
        .map(|(_, value)| value.trim_matches('"'))
        .find(|value| !value.is_empty())
}

/// `Set-Cookie` for a session; host-only, so that it works on `localhost` and on any port. `None` for a value that no
/// cookie of ours can have.
pub(super) fn set_session(session: &str) -> Option<HeaderValue> {
    if session.is_empty() || !session.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let mut cookie =
        HeaderValue::try_from(format!("{SESSION_COOKIE}={session}; Path=/; Secure; HttpOnly")).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        for (cookie, expected) in [
            ("Session_id=sess-1", Some("sess-1")),
            ("a=b; Session_id=sess-1; c=d", Some("sess-1")),
            ("a=b;Session_id=\"sess-1\"", Some("sess-1")),
            ("xSession_id=sess-1", None),
            ("Session_id=", None),
            ("Session_id", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(cookie))]);
            assert_eq!(session(&headers), expected, "{cookie}");
        }
        assert_eq!(session(&HeaderMap::new()), None);
    }

    #[test]
    fn the_cookie_is_that_of_the_spec() {
        assert_eq!(set_session("ab12").unwrap(), "Session_id=ab12; Path=/; Secure; HttpOnly");
        assert_eq!(set_session("a;b"), None);
        assert_eq!(set_session("a\r\nb"), None);
    }
}
