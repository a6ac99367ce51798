//! Cutting an answer out of received bytes.

use super::ExchangeError;

/// Longest head accepted; the server's are a tenth of it.
const MAX_HEAD: usize = 64 * 1024;

/// One answer; borrows the connection's buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// Whether the body contains these bytes.
    pub fn contains(&self, needle: &[u8]) -> bool {
        self.body.windows(needle.len()).any(|window| window == needle)
    }

    /// Status and the start of the body, for messages.
    pub fn summary(&self) -> String {
        let start = self.body.get(..self.body.len().min(300)).unwrap_or_default();
        format!("{} {}", self.status, String::from_utf8_lossy(start))
    }
}

/// Where an answer lies in the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) status: u16,
    pub(super) head: usize,
    pub(super) end: usize,
}

/// Finds the answer at the start of `bytes`; `None` while it is incomplete.
pub(super) fn cut(bytes: &[u8]) -> Result<Option<Cut>, ExchangeError> {
    let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return if bytes.len() > MAX_HEAD { Err(ExchangeError::Garbled) } else { Ok(None) };
    };
    let mut lines = bytes.get(..head).unwrap_or_default().split(|byte| *byte == b'\n');
    let status = lines.next().and_then(status).ok_or(ExchangeError::Garbled)?;
    let length = if status == 204 { Some(0) } else { lines.find_map(content_length) };
    let end = length.and_then(|length| (head + 4).checked_add(length)).ok_or(ExchangeError::Garbled)?;
    Ok((bytes.len() >= end).then_some(Cut { status, head: head + 4, end }))
}

fn status(line: &[u8]) -> Option<u16> {
    std::str::from_utf8(line.strip_prefix(b"HTTP/1.1 ")?.get(..3)?).ok()?.parse().ok()
}

fn content_length(line: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let name = line.get(..NAME.len())?;
    if !name.eq_ignore_ascii_case(NAME) {
        return None;
    }
    std::str::from_utf8(line.get(NAME.len()..)?).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 201 Created\r\nDate: x\r\nCONTENT-length: 2\r\n\r\nokHTTP/1.1";

    #[test]
    fn an_answer_is_cut_from_what_follows() {
        let found = cut(ANSWER).unwrap().unwrap();
        assert_eq!((found.status, &ANSWER[found.head..found.end]), (201, &b"ok"[..]));
    }

    #[test]
    fn an_incomplete_answer_is_waited_for() {
        for length in 0..ANSWER.len() - 9 {
            assert_eq!(cut(&ANSWER[..length]).unwrap(), None, "{length}");
        }
    }

    #[test]
    fn an_answer_without_length_is_refused() {
        assert!(cut(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(cut(b"SSH-2.0\r\n\r\n").is_err());
    }

    #[test]
    fn no_content_needs_no_length() {
        assert_eq!(cut(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap().status, 204);
    }
}
