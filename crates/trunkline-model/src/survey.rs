//! The survey after a conversation, as an account defines it.

mod rules;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use trunkline_wire::operator::survey as wire;
use trunkline_wire::operator::survey::{Question, QuestionKind, Reply, ReplyValue};
use trunkline_wire::{AccountId, AgentId};
use uuid::Uuid;

pub use rules::SurveyError;
pub(crate) use rules::check_text;

/// A survey that keeps to the rules, its defaults filled in. Stored as it is shown to operators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Survey(wire::Survey);

/// Namespace of [`Survey::bot_of`]; any fixed UUID would do, changing it would rename every bot.
const BOT_NAMESPACE: Uuid = Uuid::from_u128(0x1f6b_82c9_40d7_4e1a_b5f3_6c09_ea7d_2841);

/// What is said before a question is repeated when the account has no words for it.
const HINT: &str = "Please choose one of these answers.";

impl Survey {
    /// Checks a survey and fills in its defaults.
    ///
    /// # Errors
    /// [`SurveyError`] names the first rule that is broken, and where.
    pub fn new(mut survey: wire::Survey) -> Result<Self, SurveyError> {
        for question in &mut survey.question {
            fill_in(question);
        }
        rules::check(&survey)?;
        Ok(Self(survey))
    }

    /// The survey as operators see it.
    pub fn definition(&self) -> &wire::Survey {
        &self.0
    }

    /// The questions in their order.
    pub fn questions(&self) -> &[Question] {
        &self.0.question
    }

    /// What is said before a question is repeated.
    pub fn hint(&self) -> &str {
        self.0.hint.as_deref().unwrap_or(HINT)
    }

    /// After how long without an answer it ends.
    pub const fn timeout(&self) -> Duration {
        Duration::from_secs(self.0.timeout.0 as u64)
    }

    /// Whether it asks for satisfaction or resolution.
    pub fn is_rated(&self) -> bool {
        let rated = |question: &Question| matches!(question.kind, QuestionKind::Csat | QuestionKind::Fcr);
        self.questions().iter().any(rated)
    }

    /// The bot that asks in the name of the account. No user has this id, and it is the same for good.
    pub fn bot_of(account: &AccountId) -> AgentId {
        AgentId::from_uuid(Uuid::new_v5(&BOT_NAMESPACE, account.as_str().as_bytes()))
    }
}

/// What an answer that is typed may be besides the words of the reply: its value, or its place in the list.
pub fn label(reply: &Reply, place: usize) -> String {
    match &reply.value {
        Some(ReplyValue::Number(value)) => value.to_string(),
        Some(ReplyValue::Text(value)) => value.clone(),
        Some(ReplyValue::Flag(_)) | None => (place + 1).to_string(),
    }
}

/// The form in which typed words are compared.
pub(crate) fn comparable(text: &str) -> String {
    text.trim().trim_end_matches(['.', ')']).trim_end().to_lowercase()
}

fn fill_in(question: &mut Question) {
    if !question.replies.is_empty() {
        return;
    }
    let reply =
        |id: &str, text: &str, value| Reply { id: id.to_owned(), text: text.to_owned(), value: Some(value) };
    match question.kind {
        QuestionKind::Csat => {
            let words = ["Very dissatisfied", "Dissatisfied", "Neutral", "Satisfied", "Very satisfied"];
            question.replies = (1..)
                .zip(words)
                .map(|(rate, words)| reply(&rate.to_string(), words, ReplyValue::Number(rate)))
                .collect();
        }
        QuestionKind::Fcr => {
            question.replies =
                vec![reply("yes", "Yes", ReplyValue::Flag(true)), reply("no", "No", ReplyValue::Flag(false))];
        }
        QuestionKind::Choice | QuestionKind::Text => {}
    }
}
