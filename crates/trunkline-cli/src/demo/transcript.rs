//! What was said, as the connector knows it: history must show the same.

use serde_json::Value;

use super::screen::shorten;

/// Who said something, in history's words (spec 08 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    Consumer,
    Agent,
}

impl Sender {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Consumer => "Consumer",
            Self::Agent => "Agent",
        }
    }
}

/// What was said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Said {
    Text(String),
    /// The path of a file.
    File(String),
    Rich(Value),
}

impl Said {
    /// For people.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::File(path) => format!("file {}", shorten(path)),
            Self::Rich(content) => {
                format!("structured content, {}", content["type"].as_str().unwrap_or_default())
            }
        }
    }
}

/// A message with its place.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) sequence: i64,
    pub(crate) sender: Sender,
    pub(crate) said: Said,
}

/// The messages of every conversation, in the order in which these began.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    conversations: Vec<(String, Vec<Message>)>,
}

impl Transcript {
    /// Adds a message.
    pub(crate) fn add(&mut self, conversation: &str, sequence: i64, sender: Sender, said: Said) {
        let message = Message { sequence, sender, said };
        match self.conversations.last_mut().filter(|(id, _)| id == conversation) {
            Some((_, messages)) => messages.push(message),
            None => self.conversations.push((conversation.to_owned(), vec![message])),
        }
    }

    /// Takes everything out.
    pub(crate) fn take(&mut self) -> Vec<(String, Vec<Message>)> {
        std::mem::take(&mut self.conversations)
    }
}
