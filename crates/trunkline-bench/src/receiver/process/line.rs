//! One line of the ledger.

use std::borrow::Cow;
use std::fmt;

use anyhow::{Context as _, bail};

use crate::receiver::{ConversationKey, Notification, Received, Reply};

/// What one request was, in words that are separated by spaces; `-` stands for what is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'a> {
    /// A notification about an entry of the log.
    Entry {
        /// The port it came in by.
        listener: usize,
        /// Whether it was answered with 200.
        confirmed: bool,
        /// The conversation.
        conversation: ConversationKey,
        /// The entry's version, from `webhook-id`.
        version: u64,
        /// The sequence of a message.
        sequence: Option<u64>,
        /// The text of a message.
        text: Option<Cow<'a, str>>,
    },
    /// A chat state.
    ChatState {
        /// The port it came in by.
        listener: usize,
        /// Whether it was answered with 200.
        confirmed: bool,
        /// The conversation.
        conversation: ConversationKey,
        /// The version of the entry it followed.
        after: u64,
        /// When it was published, in milliseconds since 1970.
        at: i64,
    },
    /// Everything below was sent after this mark was asked for.
    Mark(u64),
    /// Something that must not come.
    Odd {
        /// The port it came in by.
        listener: usize,
        /// What is wrong with it, one word.
        what: &'static str,
    },
}

/// What may be wrong with a request.
pub(super) const FORGED: &str = "forged";
const UNREADABLE: &str = "unreadable";

impl<'a> Line<'a> {
    /// What a request is.
    pub(super) fn of(listener: usize, request: &Received<'a>, reply: Reply) -> Self {
        Self::read(listener, request, reply).unwrap_or(Self::Odd { listener, what: UNREADABLE })
    }

    /// Nothing that a ledger could name better.
    pub(super) fn unreadable(listener: usize) -> Self {
        Self::Odd { listener, what: UNREADABLE }
    }

    fn read(listener: usize, request: &Received<'a>, reply: Reply) -> Option<Self> {
        let notification = Notification::read(request.body)?;
        let (conversation, confirmed) = (notification.conversation(), reply == Reply::Confirm);
        // `msg_{conversation}_{version}`, and for a chat state `msg_{conversation}_{version}_{milliseconds}`.
        let id = std::str::from_utf8(request.webhook_id?).ok()?.strip_prefix("msg_")?;
        let (of, rest) = id.split_once('_')?;
        if u128::from_str_radix(of, 16) != Ok(conversation.0) {
            return None;
        }
        match (notification, rest.split_once('_')) {
            (Notification::ChatState { .. }, Some((after, at))) => {
                let (after, at) = (after.parse().ok()?, at.parse().ok()?);
                Some(Self::ChatState { listener, confirmed, conversation, after, at })
            }
            (Notification::Message { sequence, text, .. }, None) => {
                let text = text.map(|text| std::str::from_utf8(text)).transpose().ok()?;
                let (version, sequence) = (rest.parse().ok()?, Some(sequence));
                let text = text.map(Cow::Borrowed);
                Some(Self::Entry { listener, confirmed, conversation, version, sequence, text })
            }
            (Notification::Conversation { .. }, None) => {
                let version = rest.parse().ok()?;
                Some(Self::Entry { listener, confirmed, conversation, version, sequence: None, text: None })
            }
            _ => None,
        }
    }

    /// Reads a line back.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(line: &'a str) -> anyhow::Result<Self> {
        Self::words(line).with_context(|| format!("the ledger has the line {line:?}"))
    }

    fn words(line: &'a str) -> anyhow::Result<Self> {
        let words: Vec<&str> = line.splitn(7, ' ').collect();
        match words[..] {
            ["entry", listener, confirmed, conversation, version, sequence, text] => Ok(Self::Entry {
                listener: listener.parse()?,
                confirmed: confirmed.parse()?,
                conversation: key(conversation)?,
                version: version.parse()?,
                sequence: if sequence == "-" { None } else { Some(sequence.parse()?) },
                text: (text != "-").then_some(Cow::Borrowed(text)),
            }),
            ["typing", listener, confirmed, conversation, after, at] => Ok(Self::ChatState {
                listener: listener.parse()?,
                confirmed: confirmed.parse()?,
                conversation: key(conversation)?,
                after: after.parse()?,
                at: at.parse()?,
            }),
            ["mark", number] => Ok(Self::Mark(number.parse()?)),
            [FORGED, listener] => Ok(Self::Odd { listener: listener.parse()?, what: FORGED }),
            [UNREADABLE, listener] => Ok(Self::Odd { listener: listener.parse()?, what: UNREADABLE }),
            _ => bail!("it has not the words it should have"),
        }
    }
}

fn key(text: &str) -> anyhow::Result<ConversationKey> {
    ConversationKey::parse(text.as_bytes()).context("the conversation is no UUID")
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry { listener, confirmed, conversation, version, sequence, text } => {
                write!(formatter, "entry {listener} {confirmed} {conversation} {version} ")?;
                match sequence {
                    Some(sequence) => write!(formatter, "{sequence} ")?,
                    None => formatter.write_str("- ")?,
                }
                formatter.write_str(text.as_deref().unwrap_or("-"))
            }
            Self::ChatState { listener, confirmed, conversation, after, at } => {
                write!(formatter, "typing {listener} {confirmed} {conversation} {after} {at}")
            }
            Self::Mark(number) => write!(formatter, "mark {number}"),
            Self::Odd { listener, what } => write!(formatter, "{what} {listener}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::notification::tests::{ID, message};
    use super::*;

    fn received<'a>(webhook_id: &'a str, body: &'a str) -> Received<'a> {
        Received { signature: None, webhook_id: Some(webhook_id.as_bytes()), body: body.as_bytes() }
    }

    #[test]
    fn lines_are_read_as_they_were_written() {
        let simple = ID.replace('-', "");
        let (body, id) = (message(3, "m-1-2"), format!("msg_{simple}_4"));
        let line = Line::of(1, &received(&id, &body), Reply::Confirm).to_string();
        assert_eq!(line, format!("entry 1 true {ID} 4 3 m-1-2"));
        for line in [
            line,
            format!("entry 0 false {ID} 1 - -"),
            format!("typing 0 true {ID} 4 1700000000000"),
            "mark 7".to_owned(),
            "forged 0".to_owned(),
            "unreadable 1".to_owned(),
        ] {
            assert_eq!(Line::parse(&line).unwrap().to_string(), line);
        }
        for line in ["", "entry 0 true", "odd 0", "entry 0 true x 1 - -"] {
            assert!(Line::parse(line).is_err(), "{line:?}");
        }
    }

    #[test]
    fn an_id_of_another_conversation_is_unreadable() {
        let body = message(3, "x");
        let other = format!("msg_{}1_4", &ID.replace('-', "")[..31]);
        for id in ["", "msg_", "msg_1_2", &other, &format!("msg_{}_4_5", ID.replace('-', ""))] {
            let line = Line::of(0, &received(id, &body), Reply::Confirm);
            assert_eq!(line, Line::unreadable(0), "{id}");
        }
    }
}
