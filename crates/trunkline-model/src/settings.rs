//! How an account wants its conversations to behave.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The documents with which an account is set up. Each is stored as a whole under its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SettingName {
    /// [`Behaviour`].
    Behaviour,
    /// The survey after a conversation.
    Survey,
    /// [`Engagements`](crate::Engagements).
    Engagements,
    /// Whose tokens are trusted for consumers.
    IdentityProvider,
    /// Whether anybody may become a consumer: `true` or `false`.
    WebChat,
}

impl SettingName {
    /// The name in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Behaviour => "behaviour",
            Self::Survey => "survey",
            Self::Engagements => "engagements",
            Self::IdentityProvider => "identity-provider",
            Self::WebChat => "web-chat",
        }
    }
}

/// How conversations of an account behave. What a stored document does not name has its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Behaviour {
    /// After how many seconds without a message or change an open conversation is closed. Source: spec 05 §4.3
    /// "Auto-close".
    pub close_after_seconds: u32,
    /// When a new conversation is offered to agents.
    pub offer: Offer,
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
        Self { close_after_seconds: 7 * 24 * 3600, offer: Offer::Creation }
    }
}

impl Behaviour {
    /// The time without activity after which an open conversation is closed.
    pub const fn close_after(self) -> Duration {
        Duration::from_secs(self.close_after_seconds as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_has_its_default() {
        let read = |text: &str| serde_json::from_str::<Behaviour>(text).unwrap();
        assert_eq!(read("{}"), Behaviour::default());
        assert_eq!(Behaviour::default().close_after(), Duration::from_hours(7 * 24), "a week");
        let other = Behaviour { close_after_seconds: 60, offer: Offer::FirstMessage };
        assert_eq!(read(r#"{"closeAfterSeconds":60,"offer":"firstMessage"}"#), other);
        assert_eq!(
            serde_json::to_string(&other).unwrap(),
            r#"{"closeAfterSeconds":60,"offer":"firstMessage"}"#
        );
    }
}
