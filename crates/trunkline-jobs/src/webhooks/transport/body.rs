//! The body of an answer: the platform ignores it (spec 06 §2), but shows its beginning to the operator and reads a short
//! one to its end, because only then the connection can be used again.

use std::time::Duration;

use hyper::body::{Body as _, Incoming};
use tokio::time::timeout;

use super::connection::Connection;
use super::failure::Span;

/// How much of a body is shown.
const EXCERPT: usize = 256;

/// How much of a body is read at most.
const LIMIT: usize = 64 * 1024;

/// What became of a body.
pub(super) struct Rest {
    /// Its beginning.
    pub(super) excerpt: String,
    /// Whether the connection can be used again.
    pub(super) is_reusable: bool,
    /// What the operator should know.
    pub(super) note: Option<String>,
}

/// Reads a body as far as it is worth it.
pub(super) async fn read(connection: &mut Connection, body: Incoming, grace: Duration) -> Rest {
    let mut reading = Reading { excerpt: Vec::new(), length: 0 };
    let end = timeout(grace, reading.read(connection, body)).await;
    let note = match end {
        Ok(End::Complete | End::Kept) => None,
        Ok(End::Long) => Some(format!("the answer's body is longer than {} KiB", LIMIT / 1024)),
        Ok(End::Broken) => Some(String::from("the answer's body broke off")),
        Err(_) => Some(format!("the answer's body did not end within {}", Span(grace))),
    };
    Rest { excerpt: text(reading.excerpt), is_reusable: matches!(end, Ok(End::Kept)), note }
}

enum End {
    /// Read; the connection waits for another request.
    Kept,
    /// Read; the connection has ended.
    Complete,
    /// Given up, because it is too long.
    Long,
    /// The peer broke off.
    Broken,
}

struct Reading {
    excerpt: Vec<u8>,
    length: usize,
}

impl Reading {
    async fn read(&mut self, connection: &mut Connection, mut body: Incoming) -> End {
        // Of what is announced as too long, only the beginning is of interest.
        let is_short = body.size_hint().lower() <= LIMIT as u64;
        let limit = if is_short { LIMIT } else { EXCERPT };
        while !body.is_end_stream() {
            let Some(frame) = connection.frame(&mut body).await else { break };
            let Ok(frame) = frame else { return End::Broken };
            let Some(data) = frame.data_ref() else { continue };
            self.length += data.len();
            let missing = EXCERPT.saturating_sub(self.excerpt.len()).min(data.len());
            self.excerpt.extend_from_slice(&data[..missing]);
            if self.length > limit {
                return End::Long;
            }
        }
        drop(body);
        if connection.ready().await.is_ok() { End::Kept } else { End::Complete }
    }
}

/// Text for people: what is no UTF-8 is replaced, but a character that was cut at the end is left out.
fn text(mut bytes: Vec<u8>) -> String {
    if let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
        && bytes.len() == EXCERPT
    {
        bytes.truncate(error.valid_up_to());
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_text() {
        let cut = [b"x".repeat(EXCERPT - 2), "😀".as_bytes()[..2].to_vec()].concat();
        for (bytes, expected) in [
            (b"OK".to_vec(), String::from("OK")),
            (Vec::new(), String::new()),
            (vec![b'a', 0xff, b'b'], String::from("a\u{fffd}b")),
            (cut, "x".repeat(EXCERPT - 2)),
            ("Gr\u{fc}\u{df}e".as_bytes()[..3].to_vec(), String::from("Gr\u{fffd}")),
        ] {
            assert_eq!(text(bytes), expected);
        }
    }
}
