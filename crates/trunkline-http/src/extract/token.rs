//! Tokens in headers.

use http::HeaderMap;

/// The token in a header, without the optional, case-insensitive scheme `Bearer` or `jwt`. `None` when the header is
/// absent, empty, names a scheme only, or is not printable ASCII. Source: spec 10 §1 T6.
pub fn token<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    let token = match value.split_once([' ', '\t']) {
        Some((scheme, rest)) if is_scheme(scheme) => rest.trim_start(),
        None if is_scheme(value) => "",
        _ => value,
    };
    (!token.is_empty()).then_some(token)
}

fn is_scheme(text: &str) -> bool {
    text.eq_ignore_ascii_case("bearer") || text.eq_ignore_ascii_case("jwt")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_scheme_is_optional_and_its_case_is_free() {
        for (value, expected) in [
            ("abc.def", Some("abc.def")),
            ("Bearer abc", Some("abc")),
            ("bEARER   abc ", Some("abc")),
            ("jwt abc", Some("abc")),
            ("JWT\tabc", Some("abc")),
            ("Basic abc", Some("Basic abc")),
            ("bearerabc", Some("bearerabc")),
            ("Bearer Bearer abc", Some("Bearer abc")),
            ("Bearer", None),
            ("Bearer ", None),
            ("", None),
            ("  ", None),
        ] {
            let headers =
                HeaderMap::from_iter([(http::header::AUTHORIZATION, HeaderValue::from_static(value))]);
            assert_eq!(token(&headers, "authorization"), expected, "{value:?}");
            assert_eq!(token(&headers, "Authorization"), expected, "{value:?}");
        }
    }

    #[test]
    fn a_header_that_is_no_text_is_no_token() {
        let value = HeaderValue::from_bytes(b"Bearer \xff").unwrap();
        let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, value)]);
        assert_eq!(token(&headers, "authorization"), None);
        assert_eq!(token(&HeaderMap::new(), "authorization"), None);
    }
}
