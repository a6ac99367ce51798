//! `If-Match` with the number of `ac-revision`. Source: spec 02 §3, §4.

use http::HeaderMap;
use http::header::IF_MATCH;
use trunkline_services::installations::Revision;

use super::answer::NO_REVISION;
use crate::failure::Failure;

/// The revision a request expects; `None` if it expects none. The bare number and the quoted form both occur; `*`
/// matches whatever is there.
pub(super) fn revision(headers: &HeaderMap) -> Result<Option<Revision>, Failure> {
    let Some(value) = headers.get(IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    // What is no revision number cannot be the present revision.
    bare.parse().map(Some).map_err(|_| NO_REVISION)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn parse(value: &'static str) -> Result<Option<Revision>, Failure> {
        revision(&HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static(value))]))
    }

    #[test]
    fn bare_and_quoted_numbers_are_accepted() {
        assert_eq!(revision(&HeaderMap::new()).ok(), Some(None));
        for matching in ["12", "\"12\"", " 12 "] {
            assert_eq!(parse(matching).ok(), Some(Some(12)), "{matching}");
        }
        assert_eq!(parse("*").ok(), Some(None));
        for stale in ["", "x", "\"12", "W/\"12\"", "1.0", "undefined", "99999999999999999999"] {
            assert!(parse(stale).is_err(), "{stale}");
        }
    }
}
