//! Configuration: defaults, then a TOML file, then the environment, then flags.
//!
//! One struct per section with its defaults and its checks. Other crates take small option structs; only this crate
//! reads files and the environment.

mod consumers;
mod conversations;
mod files;
mod layers;
mod limits;
mod log;
mod public;
mod sample;
mod secret;
mod server;
mod size;
mod span;
mod tls;
mod tokens;
mod webhooks;

pub(crate) use consumers::Consumers;
pub(crate) use conversations::{Conversations, Offer};
pub(crate) use files::{FileStore, Files};
pub(crate) use layers::load;
pub(crate) use limits::Limits;
pub(crate) use log::{Log, LogFormat};
pub(crate) use public::Public;
pub(crate) use sample::sample;
pub(crate) use secret::SecretText;
pub(crate) use server::Server;
pub(crate) use size::Size;
pub(crate) use span::Span;
pub(crate) use tls::Tls;
pub(crate) use tokens::Tokens;
pub(crate) use webhooks::Webhooks;

use serde::{Deserialize, Serialize};

/// Everything that can be configured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) server: Server,
    pub(crate) tls: Tls,
    pub(crate) public: Public,
    pub(crate) limits: Limits,
    pub(crate) tokens: Tokens,
    pub(crate) consumers: Consumers,
    pub(crate) conversations: Conversations,
    pub(crate) files: Files,
    pub(crate) webhooks: Webhooks,
    pub(crate) log: Log,
}

/// A value that breaks a rule; names the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {rule}")]
pub(crate) struct Invalid {
    field: &'static str,
    rule: String,
}

impl Invalid {
    fn new(field: &'static str, rule: impl Into<String>) -> Self {
        Self { field, rule: rule.into() }
    }
}

/// Adds a violation unless the rule holds.
fn require(violations: &mut Vec<Invalid>, holds: bool, field: &'static str, rule: &str) {
    if !holds {
        violations.push(Invalid::new(field, rule));
    }
}

impl Settings {
    /// Every rule that is broken, not only the first.
    pub(crate) fn validate(&self) -> Vec<Invalid> {
        let mut violations = Vec::new();
        self.server.validate(&mut violations);
        self.tls.validate(&mut violations);
        self.public.validate(&mut violations);
        self.limits.validate(&mut violations);
        self.tokens.validate(&mut violations);
        self.consumers.validate(&mut violations);
        self.conversations.validate(&mut violations);
        self.files.validate(&mut violations);
        self.webhooks.validate(&mut violations);
        self.log.validate(&mut violations);
        violations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(Settings::default().validate(), []);
    }

    #[test]
    fn all_violations_are_named_at_once() {
        let mut settings = Settings::default();
        settings.tokens.session_life = Span::from_secs(60);
        settings.limits.connections = 0;
        let shown: Vec<_> = settings.validate().iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            ["limits.connections must be at least 1", "tokens.session_life must be at least 30m"]
        );
    }

    #[test]
    fn printing_and_reading_gives_the_same_settings() {
        let printed = toml::to_string(&Settings::default()).unwrap();
        assert_eq!(toml::from_str::<Settings>(&printed).unwrap(), Settings::default());
    }
}
