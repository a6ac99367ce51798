//! One thing a bot does.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use trunkline_wire::SkillId;

use crate::config::Span;

/// The longest text; the server takes 5000 characters for a whole request (spec 05 §5).
pub(super) const LONGEST_TEXT: usize = 4000;
/// The longest rich content, as JSON.
const LONGEST_RICH: usize = 4000;
/// The longest wait: a consumer who waits longer has gone.
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// One thing a bot does in a conversation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Says a text.
    Say(String),
    /// Shows structured content: an object with a `type`.
    Rich(Value),
    /// Does nothing for a while.
    Wait(Duration),
    /// Leaves, and puts the conversation into the queue of a skill.
    Transfer(SkillId),
    /// Closes the conversation.
    Close,
}

impl Action {
    /// Nothing can follow it: the bot has left.
    pub(super) fn is_last(&self) -> bool {
        matches!(self, Self::Transfer(_) | Self::Close)
    }
}

/// An action as it stands in the file: exactly one of these.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActionTable {
    say: Option<String>,
    rich: Option<Value>,
    wait: Option<String>,
    transfer: Option<SkillId>,
    close: Option<bool>,
}

impl ActionTable {
    /// The action.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(self) -> Result<Action, String> {
        match self {
            Self { say: Some(text), rich: None, wait: None, transfer: None, close: None } => say(text),
            Self { say: None, rich: Some(content), wait: None, transfer: None, close: None } => rich(content),
            Self { say: None, rich: None, wait: Some(span), transfer: None, close: None } => wait(&span),
            Self { say: None, rich: None, wait: None, transfer: Some(skill), close: None } => {
                Ok(Action::Transfer(skill))
            }
            Self { say: None, rich: None, wait: None, transfer: None, close: Some(true) } => {
                Ok(Action::Close)
            }
            Self { say: None, rich: None, wait: None, transfer: None, close: Some(false) } => {
                Err("`close = false` does nothing; leave it out".to_owned())
            }
            _ => Err("needs exactly one of say, rich, wait, transfer, close".to_owned()),
        }
    }
}

fn say(text: String) -> Result<Action, String> {
    spoken(&text).map_err(|error| format!("`say` {error}"))?;
    Ok(Action::Say(text))
}

/// Checks a text that will be said.
pub(super) fn spoken(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    let length = text.chars().count();
    if length > LONGEST_TEXT {
        return Err(format!("has {length} characters; at most {LONGEST_TEXT} are sent"));
    }
    Ok(())
}

fn rich(content: Value) -> Result<Action, String> {
    if !content.get("type").is_some_and(Value::is_string) {
        return Err("`rich` needs a `type`, such as \"vertical\"".to_owned());
    }
    let length = content.to_string().chars().count();
    if length > LONGEST_RICH {
        return Err(format!("`rich` has {length} characters as JSON; at most {LONGEST_RICH} are sent"));
    }
    Ok(Action::Rich(content))
}

fn wait(text: &str) -> Result<Action, String> {
    let span: Span = text.parse().map_err(|error| format!("`wait`: {error}"))?;
    if span.get() > LONGEST_WAIT {
        return Err(format!("`wait` is {span}; at most 10m are waited"));
    }
    Ok(Action::Wait(span.get()))
}
