//! Cutting requests out of received bytes.

use super::places::{ends_head, header_value};

/// Longest head accepted; a notification's is a fortieth of it.
const MAX_HEAD: usize = 32 * 1024;
/// Longest body accepted.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// A request; borrows the connection's buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received<'a> {
    /// The value of `x-liveperson-signature`.
    pub signature: Option<&'a [u8]>,
    /// The value of `webhook-id`.
    pub webhook_id: Option<&'a [u8]>,
    /// The body, byte by byte as it came.
    pub body: &'a [u8],
}

/// What came is no request with a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Garbled;

/// Finds the request at the start of `bytes` and where it ends; `None` while it is incomplete.
pub(super) fn cut(bytes: &[u8]) -> Result<Option<(Received<'_>, usize)>, Garbled> {
    let Some(head_end) = ends_head(bytes) else {
        return if bytes.len() > MAX_HEAD { Err(Garbled) } else { Ok(None) };
    };
    let head = bytes.get(..head_end).unwrap_or_default();
    let mut lines = head.split(|byte| *byte == b'\n');
    if !lines.next().is_some_and(|line| line.starts_with(b"POST /")) {
        return Err(Garbled);
    }
    let (mut length, mut signature, mut webhook_id) = (None, None, None);
    for line in lines {
        match line.first() {
            Some(b'c' | b'C') => length = length.or_else(|| header_value(line, b"content-length")),
            Some(b'x' | b'X') => {
                signature = signature.or_else(|| header_value(line, b"x-liveperson-signature"));
            }
            Some(b'w' | b'W') => webhook_id = webhook_id.or_else(|| header_value(line, b"webhook-id")),
            _ => {}
        }
    }
    let length = length.and_then(decimal).filter(|length| *length <= MAX_BODY).ok_or(Garbled)?;
    let end = head_end + length;
    Ok(bytes.get(head_end..end).map(|body| (Received { signature, webhook_id, body }, end)))
}

fn decimal(text: &[u8]) -> Option<usize> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"POST /content?k=v HTTP/1.1\r\nHost: h\r\nX-LivePerson-Signature: sha1=abc=\r\n\
        webhook-id: msg_1\r\nCONTENT-length: 2\r\nX-Other: 1\r\n\r\n{}POST /";

    #[test]
    fn a_request_is_cut_from_what_follows() {
        let (request, end) = cut(REQUEST).unwrap().unwrap();
        assert_eq!(request.signature, Some(&b"sha1=abc="[..]));
        assert_eq!(request.webhook_id, Some(&b"msg_1"[..]));
        assert_eq!(request.body, b"{}");
        assert_eq!(&REQUEST[end..], b"POST /");
    }

    #[test]
    fn an_incomplete_request_is_waited_for() {
        for length in 0..REQUEST.len() - b"POST /".len() {
            assert_eq!(cut(&REQUEST[..length]), Ok(None), "{length}");
        }
    }

    #[test]
    fn what_has_no_length_is_refused() {
        for garbled in [
            &b"POST / HTTP/1.1\r\nHost: h\r\n\r\n"[..],
            b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        ] {
            assert_eq!(cut(garbled), Err(Garbled), "{}", String::from_utf8_lossy(garbled));
        }
        assert_eq!(cut(&vec![b'x'; MAX_HEAD + 1]), Err(Garbled));
    }
}
