//! How an account wants its conversations to behave.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use trunkline_wire::conversations::TtrType;

use crate::conversation::Ttr;

/// The documents with which an account is set up. Each is stored as a whole under its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SettingName {
    /// [`OwnBehaviour`].
    Behaviour,
    /// The survey after a conversation.
    Survey,
    /// What the platform says by itself.
    AutoMessages,
    /// [`Engagements`](crate::Engagements).
    Engagements,
    /// Whose tokens are trusted for consumers.
    IdentityProvider,
    /// Whether anybody may become a consumer: `true` or `false`.
    WebChat,
    /// [`Retention`].
    Retention,
}

impl SettingName {
    /// The name in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Behaviour => "behaviour",
            Self::Survey => "survey",
            Self::AutoMessages => "auto-messages",
            Self::Engagements => "engagements",
            Self::IdentityProvider => "identity-provider",
            Self::WebChat => "web-chat",
            Self::Retention => "retention",
        }
    }
}

/// How conversations of an account behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behaviour {
    /// After how many seconds without a message or change an open conversation is closed. Source: spec 05 §4.3
    /// "Auto-close".
    pub close_after_seconds: u32,
    /// When a new conversation is offered to agents.
    pub offer: Offer,
    /// Seconds of the target `URGENT`. Source of the defaults: spec 05 §3.1.
    pub urgent_seconds: u32,
    /// Seconds of `PRIORITIZED`, which is also the default target.
    pub prioritized_seconds: u32,
    /// Seconds of `NORMAL`.
    pub normal_seconds: u32,
}

/// What an account has set itself, as it is stored; all else is as the server is configured, also when that changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnBehaviour {
    /// [`Behaviour::close_after_seconds`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_after_seconds: Option<u32>,
    /// [`Behaviour::offer`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// [`Behaviour::urgent_seconds`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgent_seconds: Option<u32>,
    /// [`Behaviour::prioritized_seconds`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prioritized_seconds: Option<u32>,
    /// [`Behaviour::normal_seconds`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normal_seconds: Option<u32>,
}

/// How long an account keeps the content of conversations, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Retention {
    /// Seconds after the end of the conversation; `None` for ever.
    pub content_seconds: Option<u32>,
}

/// When a new conversation is offered to agents. Source: spec 21 §9, first open point.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Offer {
    /// At once.
    #[default]
    Creation,
    /// With its first message.
    FirstMessage,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            close_after_seconds: 7 * 24 * 3600,
            offer: Offer::Creation,
            urgent_seconds: 300,
            prioritized_seconds: 600,
            normal_seconds: 1200,
        }
    }
}

impl Behaviour {
    /// The time without activity after which an open conversation is closed.
    pub const fn close_after(self) -> Duration {
        Duration::from_secs(self.close_after_seconds as u64)
    }

    /// The target of this name; `CUSTOM` without a value counts like the default.
    pub const fn ttr(self, kind: TtrType) -> Ttr {
        let seconds = match kind {
            TtrType::Urgent => self.urgent_seconds,
            TtrType::Normal => self.normal_seconds,
            TtrType::Prioritized | TtrType::Custom => self.prioritized_seconds,
        };
        Ttr { kind, seconds }
    }
}

impl Retention {
    /// The time after the end of a conversation; `None` for ever.
    pub fn content(self) -> Option<Duration> {
        self.content_seconds.map(|seconds| Duration::from_secs(seconds.into()))
    }
}

impl OwnBehaviour {
    /// What counts, together with what the server is configured to.
    pub fn over(self, configured: Behaviour) -> Behaviour {
        Behaviour {
            close_after_seconds: self.close_after_seconds.unwrap_or(configured.close_after_seconds),
            offer: self.offer.unwrap_or(configured.offer),
            urgent_seconds: self.urgent_seconds.unwrap_or(configured.urgent_seconds),
            prioritized_seconds: self.prioritized_seconds.unwrap_or(configured.prioritized_seconds),
            normal_seconds: self.normal_seconds.unwrap_or(configured.normal_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_as_configured() {
        let read = |text: &str| serde_json::from_str::<OwnBehaviour>(text).unwrap();
        let configured = Behaviour { close_after_seconds: 9, urgent_seconds: 8, ..Behaviour::default() };
        assert_eq!(read("{}").over(configured), configured);
        assert_eq!(Behaviour::default().close_after(), Duration::from_hours(7 * 24), "a week");
        let text = r#"{"closeAfterSeconds":60,"offer":"firstMessage"}"#;
        let expected = Behaviour { close_after_seconds: 60, offer: Offer::FirstMessage, ..configured };
        assert_eq!(read(text).over(configured), expected);
        assert_eq!(serde_json::to_string(&read(text)).unwrap(), text);
    }

    /// 05 §3.1.
    #[test]
    fn targets_go_by_their_names() {
        let seconds = |kind| Behaviour::default().ttr(kind).seconds;
        let kinds = [TtrType::Urgent, TtrType::Prioritized, TtrType::Normal, TtrType::Custom];
        assert_eq!(kinds.map(seconds), [300, 600, 1200, 600]);
    }
}
