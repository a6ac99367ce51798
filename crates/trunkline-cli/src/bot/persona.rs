//! What a bot does about what it hears.

use std::time::Duration;

use serde_json::Value;
use trunkline_wire::SkillId;

use super::script::{Action, Script};

/// The longest text that is echoed; the server takes 5000 characters for a whole request (spec 05 §5).
const LONGEST_ECHO: usize = 4000;

/// A way to answer.
#[derive(Debug)]
pub(crate) enum Persona {
    /// Says everything again.
    Echo,
    /// Follows a script.
    Script(Script),
}

/// One thing to do in a conversation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    /// Tells the consumer that a message was read.
    Read(u64),
    /// Shows that the bot types, or that it stopped.
    Typing(bool),
    Say(String),
    Rich(Value),
    Wait(Duration),
    Transfer(SkillId),
    Close,
}

impl Persona {
    /// What is done in a conversation that is new to the bot.
    pub(super) fn greeting(&self) -> Vec<Act> {
        match self {
            Self::Echo => Vec::new(),
            Self::Script(script) => script.greeting.iter().map(|text| Act::Say(text.clone())).collect(),
        }
    }

    /// What is done about a text. Typing is shown from the beginning to the last thing that is said.
    pub(super) fn answer(&self, text: &str) -> Vec<Act> {
        let mut acts: Vec<Act> = match self {
            Self::Echo => {
                let text: String = text.chars().take(LONGEST_ECHO).collect();
                vec![Act::Say(format!("echo: {text}"))]
            }
            Self::Script(script) => script.answer(text).iter().cloned().map(Act::from).collect(),
        };
        if let Some(last) = acts.iter().rposition(|act| matches!(act, Act::Say(_) | Act::Rich(_))) {
            acts.insert(last + 1, Act::Typing(false));
            acts.insert(0, Act::Typing(true));
        }
        acts
    }
}

impl From<Action> for Act {
    fn from(action: Action) -> Self {
        match action {
            Action::Say(text) => Self::Say(text),
            Action::Rich(content) => Self::Rich(content),
            Action::Wait(span) => Self::Wait(span),
            Action::Transfer(skill) => Self::Transfer(skill),
            Action::Close => Self::Close,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_lasts_until_the_last_thing_is_said() {
        let script = Script::parse(
            "on = [{ text = 'bye', do = [{ wait = '1s' }, { say = 'a' }, { say = 'b' }, { close = true }] },
                   { text = 'wait', do = [{ wait = '1s' }] }]",
        );
        let persona = Persona::Script(script.unwrap());
        let second = Act::Wait(Duration::from_secs(1));
        let say = |text: &str| Act::Say(text.to_owned());
        let (on, off) = (Act::Typing(true), Act::Typing(false));
        assert_eq!(persona.answer("bye"), [on, second.clone(), say("a"), say("b"), off, Act::Close]);
        assert_eq!(persona.answer("wait"), [second]);
        assert_eq!(persona.answer("else"), []);
    }

    #[test]
    fn a_text_that_would_be_refused_is_cut_between_characters() {
        let long = "ü".repeat(5000);
        let Some(Act::Say(text)) = Persona::Echo.answer(&long).into_iter().nth(1) else { panic!() };
        assert_eq!(text.chars().count(), LONGEST_ECHO + 6);
        assert!(text.starts_with("echo: ü"));
    }
}
