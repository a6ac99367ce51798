//! Server-sent events.

use anyhow::Context as _;
use reqwest::Response;

use crate::failure::Failure;

/// The most bytes of one event; no event of ours comes near.
const LONGEST: usize = 1 << 20;

/// A stream of events.
#[derive(Debug)]
pub(crate) struct Events {
    response: Response,
    parser: Parser,
}

/// An event: its name and its data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ServerEvent {
    pub(crate) name: String,
    pub(crate) data: String,
}

impl Events {
    pub(super) fn of(response: Response) -> Self {
        Self { response, parser: Parser::default() }
    }

    /// The next event; `None` at the end of the stream, also when it was cut off: whoever reads on asks again.
    pub(crate) async fn next(&mut self) -> Result<Option<ServerEvent>, Failure> {
        loop {
            if let Some(event) = self.parser.next().context("the server's stream does not parse")? {
                return Ok(Some(event));
            }
            match self.response.chunk().await {
                Ok(Some(bytes)) => self.parser.unread.extend_from_slice(&bytes),
                Ok(None) | Err(_) => return Ok(None),
            }
        }
    }
}

/// Takes events out of bytes as they come.
#[derive(Debug, Default)]
struct Parser {
    unread: Vec<u8>,
    event: ServerEvent,
}

impl Parser {
    /// The next whole event.
    fn next(&mut self) -> anyhow::Result<Option<ServerEvent>> {
        while let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.unread.drain(..=end).collect();
            let line = std::str::from_utf8(&line).context("an event is not UTF-8")?;
            let line = line.trim_end_matches(['\r', '\n']);
            if line.is_empty() {
                let event = std::mem::take(&mut self.event);
                if event != ServerEvent::default() {
                    return Ok(Some(event));
                }
                continue;
            }
            self.field(line);
        }
        anyhow::ensure!(self.unread.len() + self.event.data.len() <= LONGEST, "an event is too long");
        Ok(None)
    }

    /// Comments have no name before the colon; names we do not know are skipped.
    fn field(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&[u8]]) -> anyhow::Result<Vec<(String, String)>> {
        let mut parser = Parser::default();
        let mut events = Vec::new();
        for piece in pieces {
            parser.unread.extend_from_slice(piece);
            while let Some(event) = parser.next()? {
                events.push((event.name, event.data));
            }
        }
        Ok(events)
    }

    fn event(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn events_are_found_however_they_are_cut() {
        let text = ":\n\nevent: delivery\nid: 7\ndata: {\"a\":\"\u{fc}\"}\n\n: still there\n\nevent:lagged\r\ndata:1\r\ndata:  2\r\n\r\n";
        let expected = [event("delivery", "{\"a\":\"\u{fc}\"}"), event("lagged", "1\n 2")];
        assert_eq!(events(&[text.as_bytes()]).unwrap(), expected);
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(events(&bytes).unwrap(), expected);
    }

    #[test]
    fn what_is_not_finished_is_no_event() {
        assert_eq!(events(&[b"event: delivery\ndata: 1\n"]).unwrap(), []);
    }

    #[test]
    fn a_stream_without_end_or_text_is_refused() {
        assert!(events(&[&vec![b'a'; LONGEST + 1]]).is_err());
        let line = [b"data:".to_vec(), vec![b'a'; LONGEST + 1], b"\n".to_vec()].concat();
        assert!(events(&[&line]).is_err());
        assert!(events(&[b"data: \xff\n\n"]).is_err());
    }
}
