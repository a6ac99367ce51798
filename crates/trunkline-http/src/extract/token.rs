//! Tokens in headers.

use http::HeaderMap;

/// The token in a header, without the optional, case-insensitive scheme `Bearer` or `jwt`. `None` when the header is
/// absent, empty, names a scheme only, or is no text. Source: spec 10 §1 T6.
///
/// Looks at the first few bytes only: this runs twice per request on tokens of 700 bytes.
pub fn token<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.as_bytes().trim_ascii();
    let token = ["bearer", "jwt"].iter().find_map(|scheme| without(value, scheme)).unwrap_or(value);
    if token.is_empty() { None } else { std::str::from_utf8(token).ok() }
}

/// What follows a scheme, if the value begins with it as a word.
fn without<'a>(value: &'a [u8], scheme: &str) -> Option<&'a [u8]> {
    let (head, rest) = value.split_at_checked(scheme.len())?;
    let is_word = rest.first().is_none_or(u8::is_ascii_whitespace);
    (is_word && head.eq_ignore_ascii_case(scheme.as_bytes())).then(|| rest.trim_ascii_start())
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
