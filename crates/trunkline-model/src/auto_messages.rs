//! What the platform says in the conversations of an account by itself, as the account defines it.

use serde::{Deserialize, Serialize};
use trunkline_wire::operator::auto_messages as wire;
use trunkline_wire::{AccountId, AgentId};
use uuid::Uuid;

use crate::survey::check_text;

/// Words that keep to the rules, for one occasion at least. Stored as they are shown to operators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AutoMessages(wire::AutoMessages);

/// Messages against the rules. The text names the message and the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AutoMessagesError(String);

/// The longest message, in characters.
const MAX_TEXT: usize = 1000;

/// Namespace of [`AutoMessages::controller_of`]; any fixed UUID would do, changing it would rename every controller.
const CONTROLLER_NAMESPACE: Uuid = Uuid::from_u128(0x7a4e_03d5_91bc_4f62_8d17_e5a0_362f_c94b);

impl AutoMessages {
    /// Checks messages.
    ///
    /// # Errors
    /// [`AutoMessagesError`] names the first rule that is broken, and where.
    pub fn new(messages: wire::AutoMessages) -> Result<Self, AutoMessagesError> {
        let mut is_empty = true;
        for (name, text) in named(&messages) {
            if let Some(text) = text {
                is_empty = false;
                check_text(text, MAX_TEXT).map_err(|rule| AutoMessagesError(format!("{name} {rule}")))?;
            }
        }
        if is_empty {
            return Err(AutoMessagesError("one message at least is needed".to_owned()));
        }
        Ok(Self(messages))
    }

    /// The messages as operators see them.
    pub fn definition(&self) -> &wire::AutoMessages {
        &self.0
    }

    /// Who says them in the name of the account: a bot of the platform. No user has this id, and it is the same for good.
    /// Source: spec 00 §2 "Controller".
    pub fn controller_of(account: &AccountId) -> AgentId {
        AgentId::from_uuid(Uuid::new_v5(&CONTROLLER_NAMESPACE, account.as_str().as_bytes()))
    }
}

fn named(messages: &wire::AutoMessages) -> [(&'static str, Option<&str>); 6] {
    let wire::AutoMessages {
        welcome,
        agent_joined,
        agent_left,
        closed_by_agent,
        closed_by_consumer,
        closed_by_system,
    } = messages;
    [
        ("welcome", welcome.as_deref()),
        ("agent_joined", agent_joined.as_deref()),
        ("agent_left", agent_left.as_deref()),
        ("closed_by_agent", closed_by_agent.as_deref()),
        ("closed_by_consumer", closed_by_consumer.as_deref()),
        ("closed_by_system", closed_by_system.as_deref()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Survey;

    fn refusal(text: &str) -> String {
        AutoMessages::new(serde_json::from_str(text).unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn errors_name_message_and_rule() {
        assert_eq!(refusal("{}"), "one message at least is needed");
        assert!(refusal(r#"{"welcome":" "}"#).starts_with("welcome must have 1 to 1000 characters"));
        let long = format!(r#"{{"welcome":"Hi.","agent_left":"{}"}}"#, "x".repeat(1001));
        assert!(refusal(&long).starts_with("agent_left must have 1 to 1000 characters"));
        for name in ["agent_joined", "closed_by_agent", "closed_by_consumer", "closed_by_system"] {
            let refused = refusal(&format!(r#"{{"{name}":"\u0007"}}"#));
            assert!(refused.starts_with(name) && refused.contains("control characters"), "{refused}");
        }
    }

    #[test]
    fn what_is_absent_stays_absent() {
        let text = r#"{"welcome":"Hello.\nSomebody will be with you soon.","closed_by_agent":"Bye."}"#;
        let messages = AutoMessages::new(serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(serde_json::to_string(&messages).unwrap(), text);
        for wrong in [r#"{"welcome":"Hi.","greeting":"Hi."}"#, r#"{"welcome":5}"#] {
            assert!(serde_json::from_str::<wire::AutoMessages>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_account_has_a_controller_of_its_own() {
        let [one, other] = ["10020030", "10020031"].map(|id| AccountId::parse(id).unwrap());
        assert_eq!(AutoMessages::controller_of(&one), AutoMessages::controller_of(&one));
        assert_ne!(AutoMessages::controller_of(&one), AutoMessages::controller_of(&other));
        assert_ne!(AutoMessages::controller_of(&one), Survey::bot_of(&one), "who asks is somebody else");
    }
}
