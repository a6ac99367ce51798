//! Finding things in bytes without parsing them.

/// Where the head of a message ends: behind the first empty line.
pub(super) fn ends_head(bytes: &[u8]) -> Option<usize> {
    const END: &[u8] = b"\r\n\r\n";
    let mut last = END.len() - 1;
    // The last byte of the place looked at decides how far the next one can be: four bytes ahead most of the time.
    loop {
        match *bytes.get(last)? {
            b'\n' if bytes.get(last + 1 - END.len()..=last) == Some(END) => return Some(last + 1),
            b'\n' => last += 2,
            b'\r' => last += 1,
            _ => last += END.len(),
        }
    }
}

/// The value of a header line, if it is this header's; `name` in lower case.
pub(super) fn header_value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (found, value) = line.split_at_checked(name.len())?;
    if !found.eq_ignore_ascii_case(name) {
        return None;
    }
    Some(value.strip_prefix(b":")?.trim_ascii())
}

/// What stands between the last `before` and the next `"`.
pub(super) fn last_text<'a>(bytes: &'a [u8], before: &[u8]) -> Option<&'a [u8]> {
    let start = bytes.windows(before.len()).rposition(|window| window == before)? + before.len();
    text(bytes.get(start..)?)
}

/// What stands between the first `before` and the next `"`.
pub(super) fn first_text<'a>(bytes: &'a [u8], before: &[u8]) -> Option<&'a [u8]> {
    let start = bytes.windows(before.len()).position(|window| window == before)? + before.len();
    text(bytes.get(start..)?)
}

/// What stands before the next `"`.
pub(super) fn text(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(..bytes.iter().position(|byte| *byte == b'"')?)
}

/// The digits at the beginning, as a number.
pub(super) fn number(bytes: &[u8]) -> Option<u64> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(bytes.get(..digits)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_head_is_found_wherever_it_lies() {
        for length in 0..20 {
            let mut bytes = vec![b'x'; length];
            bytes.extend_from_slice(b"\r\n\r\n\r\n\r\n");
            assert_eq!(ends_head(&bytes), Some(length + 4), "{length}");
        }
        for text in ["a\r\nb\r\n\r\n", "\r\n\r\n", "\r\r\n\r\n", "\n\r\n\r\n", "\r\n\n\r\n\r\n"] {
            let expected = text.find("\r\n\r\n").unwrap() + 4;
            assert_eq!(ends_head(text.as_bytes()), Some(expected), "{text:?}");
        }
        for text in ["", "\r\n\r", "a\r\nb\r\n", "\n\n\n\n\n", "\r\n \r\n"] {
            assert_eq!(ends_head(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn headers_have_names_in_any_case() {
        assert_eq!(header_value(b"A-b:  c d \r", b"a-b"), Some(&b"c d"[..]));
        assert_eq!(header_value(b"a-bc: d", b"a-b"), None);
        assert_eq!(header_value(b"a", b"a-b"), None);
    }

    #[test]
    fn texts_and_numbers_end_where_they_should() {
        let bytes = br#"{"a":"1","a":"2","n":42}"#;
        assert_eq!(first_text(bytes, b"\"a\":\""), Some(&b"1"[..]));
        assert_eq!(last_text(bytes, b"\"a\":\""), Some(&b"2"[..]));
        assert_eq!(last_text(bytes, b"\"b\":\""), None);
        assert_eq!(number(b"42}"), Some(42));
        assert_eq!((number(b"}"), number(b"")), (None, None));
    }
}
