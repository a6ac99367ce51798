//! The lines of an export: one whole conversation in each.

use std::io::{self, BufRead, Read as _};

use anyhow::Context as _;
use serde::Deserialize;
use trunkline_wire::{ConversationId, EpochMillis};

/// The most bytes of a line. The server cuts conversations long before.
const LONGEST: usize = 256 << 20;

/// What must be known of a line.
#[derive(Deserialize)]
struct Line {
    info: Info,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    conversation_id: ConversationId,
    start_time_l: EpochMillis,
    is_partial: bool,
}

/// The lines so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) conversations: u64,
    pub(super) bytes: u64,
    /// How many of them do not hold the whole conversation.
    pub(super) cut: u64,
    /// When the first conversation was started.
    pub(super) first: Option<EpochMillis>,
    /// The last conversation, and when it was started.
    pub(super) last: Option<(ConversationId, EpochMillis)>,
}

impl Seen {
    /// Reads whole lines, up to the end or to the first bytes that are none.
    pub(super) fn read(mut from: impl BufRead) -> io::Result<Self> {
        let mut seen = Self::default();
        let mut line = Vec::new();
        loop {
            line.clear();
            from.by_ref().take(LONGEST as u64).read_until(b'\n', &mut line)?;
            // A line that was torn may be JSON all the same, if only its end is missing.
            if !line.ends_with(b"\n") || seen.add(&line).is_err() {
                return Ok(seen);
            }
        }
    }

    /// Takes note of a whole line.
    pub(super) fn add(&mut self, line: &[u8]) -> anyhow::Result<()> {
        let Line { info } = serde_json::from_slice(line).context("a line is no conversation")?;
        self.conversations += 1;
        self.bytes += line.len() as u64;
        self.cut += u64::from(info.is_partial);
        self.first.get_or_insert(info.start_time_l);
        self.last = Some((info.conversation_id, info.start_time_l));
        Ok(())
    }
}

/// Makes lines of bytes as they come.
#[derive(Debug, Default)]
pub(super) struct Lines {
    unread: Vec<u8>,
}

impl Lines {
    /// The lines that are whole now.
    pub(super) fn take(&mut self, bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let (whole, rest) = bytes.split_at(end);
        let lines = if whole.is_empty() {
            Vec::new()
        } else {
            let mut lines = std::mem::take(&mut self.unread);
            lines.extend_from_slice(whole);
            lines
        };
        self.unread.extend_from_slice(rest);
        anyhow::ensure!(self.unread.len() <= LONGEST, "a line is too long");
        Ok(lines)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn id(number: u64) -> ConversationId {
        ConversationId::parse(&format!("018bcfe5-6800-7000-8000-{number:012x}")).unwrap()
    }

    /// A line as far as it matters here.
    pub(in super::super) fn line(number: u64) -> String {
        let cut = number == 2;
        let id = id(number);
        format!(
            "{{\"info\":{{\"startTimeL\":{number},\"conversationId\":\"{id}\",\"isPartial\":{cut}}},\"messageRecords\":[{{\"a\\n\":\"ü\"}}]}}\n"
        )
    }

    #[test]
    fn lines_are_found_however_they_are_cut() {
        let text = [line(1), line(2), line(3)].concat();
        for size in 1..text.len() {
            let (mut lines, mut seen, mut all) = (Lines::default(), Seen::default(), Vec::new());
            for bytes in text.as_bytes().chunks(size) {
                let whole = lines.take(bytes).unwrap();
                for line in whole.split_inclusive(|byte| *byte == b'\n') {
                    seen.add(line).unwrap();
                }
                all.extend(whole);
            }
            assert_eq!(all, text.as_bytes());
            assert_eq!((seen.conversations, seen.cut, seen.bytes), (3, 1, text.len() as u64));
            assert_eq!((seen.first, seen.last), (Some(EpochMillis(1)), Some((id(3), EpochMillis(3)))));
        }
    }

    #[test]
    fn what_is_no_line_ends_the_reading() {
        let (one, two) = (line(1), line(2));
        for garbage in ["", "\0\0\0\0", "\0\0\n", "{}\n", "\n", &two[..two.len() - 1]] {
            let text = format!("{one}{garbage}");
            let seen = Seen::read(text.as_bytes()).unwrap();
            assert_eq!((seen.conversations, seen.bytes), (1, one.len() as u64), "{garbage:?}");
        }
        assert_eq!(Seen::read(&b""[..]).unwrap(), Seen::default());
    }
}
