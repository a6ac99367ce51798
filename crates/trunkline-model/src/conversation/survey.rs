//! A survey while it is on: what is asked, how far it got, and what came of it.
//!
//! All of it is part of the conversation's state, the definition included: a survey that was changed meanwhile goes on as it
//! began, and what the bot says is decided together with the answer it says it to. Source: spec 05 §4.3, §4.4.

mod answer;
mod speech;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::conversations::{Audience, CsatStatus, DialogType};
use trunkline_wire::operator::survey::{Question, ReplyValue};
use trunkline_wire::{AgentId, DialogId, EpochMillis};

use super::{Conversation, Csat, MessageEvent};
use crate::Survey;
use answer::{Accepted, Answer};

pub(super) use speech::{Speech, appearance, intro, question, repeated, said, thanks};

/// The survey that may follow when a main dialog is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyOffer {
    /// What is asked.
    pub survey: Arc<Survey>,
    /// Who asks.
    pub bot: AgentId,
    /// The features that the client declares with this very request; those of the conversation when it declares none.
    pub features: Option<Vec<String>>,
}

/// A survey that is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningSurvey {
    /// What is asked.
    #[serde(with = "shared")]
    pub(super) survey: Arc<Survey>,
    /// Who asks.
    pub(super) bot: AgentId,
    /// Whether the client shows structured content.
    #[serde(default)]
    pub(super) rich: bool,
    /// Whether the client shows quick replies.
    #[serde(default)]
    pub(super) quick: bool,
    /// The place of the question that waits for an answer.
    pub(super) at: usize,
    /// How often it was answered with something else.
    #[serde(default)]
    attempts: u8,
    /// How many questions were answered.
    #[serde(default)]
    answered: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resolved: Option<bool>,
    /// When something was last said in it; `None` for surveys from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    said_at: Option<EpochMillis>,
}

/// When a survey ends in which nothing more is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurveyExpiry {
    /// Its dialog.
    pub dialog: DialogId,
    /// When something was last said in it.
    pub quiet_since: EpochMillis,
    /// When it ends.
    pub at: EpochMillis,
}

/// What the bot does about something that the consumer published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It waits: the answer belongs to a question that is settled.
    Wait,
    /// It asks the same once more.
    Again,
    /// It asks the next question.
    Question,
    /// There is no other question.
    End,
}

impl SurveyOffer {
    /// Whether the client knows what a survey is. Source: spec 05 §8 `MULTI_DIALOG`.
    pub(super) fn suits(&self, features: &[String]) -> bool {
        has(self.features.as_deref().unwrap_or(features), "MULTI_DIALOG")
    }
}

impl RunningSurvey {
    /// After this many answers that are none the question is passed over.
    const MAX_ATTEMPTS: u8 = 3;

    /// Begins at the first question.
    pub(super) fn begin(offer: &SurveyOffer, features: &[String], at: EpochMillis) -> Self {
        let features = offer.features.as_deref().unwrap_or(features);
        Self {
            survey: Arc::clone(&offer.survey),
            bot: offer.bot,
            rich: has(features, "RICH_CONTENT"),
            quick: has(features, "QUICK_REPLIES"),
            at: 0,
            attempts: 0,
            answered: 0,
            rate: None,
            resolved: None,
            said_at: Some(at),
        }
    }

    /// Notes that something was said.
    pub(super) fn heard(&mut self, at: EpochMillis) {
        self.said_at = self.said_at.max(Some(at));
    }

    /// How many questions there are.
    pub(crate) fn questions(&self) -> usize {
        self.survey.questions().len()
    }

    /// The question that waits for an answer.
    pub(super) fn question(&self) -> Option<&Question> {
        self.survey.questions().get(self.at)
    }

    /// Takes something that the consumer published into account.
    pub(super) fn take(&mut self, event: &MessageEvent) -> Next {
        match self.read(event) {
            Answer::Settled => return Next::Wait,
            Answer::None => {
                self.attempts += 1;
                if self.attempts < Self::MAX_ATTEMPTS {
                    return Next::Again;
                }
            }
            Answer::Given(accepted) => {
                let rating = accepted.rating();
                self.answered += 1;
                match rating {
                    // The rules of surveys keep rates between 1 and 5.
                    Some(ReplyValue::Number(rate)) => self.rate = u8::try_from(rate).ok(),
                    Some(ReplyValue::Flag(resolved)) => self.resolved = Some(resolved),
                    Some(ReplyValue::Text(_)) | None => {}
                }
            }
        }
        self.attempts = 0;
        self.at += 1;
        if self.question().is_some() { Next::Question } else { Next::End }
    }

    /// The satisfaction after the survey; `before` is what the consumer had said without it. A survey that asks for none
    /// says nothing about it. Source: spec 05 §4.3 `CSATRate`.
    pub(super) fn csat(&self, before: Option<Csat>) -> Option<Csat> {
        let is_silent = self.rate.is_none() && self.resolved.is_none();
        if !self.survey.is_rated() || (is_silent && before.is_some()) {
            return before;
        }
        let status = match self.answered {
            0 => CsatStatus::Skipped,
            all if all == self.questions() => CsatStatus::Filled,
            _ => CsatStatus::PartiallyFilled,
        };
        Some(Csat {
            rate: self.rate.or(before.and_then(|csat| csat.rate)),
            resolved: self.resolved.or(before.and_then(|csat| csat.resolved)),
            status,
        })
    }
}

impl Conversation {
    /// The open survey and when it ends if nothing more is said in it: receipts, and changes of the conversation, are no
    /// answers.
    pub fn survey_expiry(&self) -> Option<SurveyExpiry> {
        let running = self.survey.as_ref()?;
        let dialog =
            self.dialogs.iter().find(|known| known.kind == DialogType::PostSurvey && known.is_open())?;
        let quiet_since = running.said_at.unwrap_or_else(|| self.last_activity());
        Some(SurveyExpiry { dialog: dialog.id, quiet_since, at: quiet_since.plus(running.survey.timeout()) })
    }

    /// The question of the open survey that a message answers: what history shows is read as the survey itself reads it.
    /// `None` for whatever is no answer.
    pub(crate) fn survey_answer(&self, event: &MessageEvent) -> Option<Accepted<'_>> {
        match self.survey_asked(event)?.read(event) {
            Answer::Given(accepted) => Some(accepted),
            Answer::Settled | Answer::None => None,
        }
    }

    /// Takes an event into account that something may have been said with in a survey.
    pub(super) fn hear(&mut self, event: &MessageEvent, at: EpochMillis) {
        let is_said = matches!(event.kind, EventKind::Content | EventKind::RichContent)
            && event.audience == Audience::All;
        if let Some(survey) = &mut self.survey
            && is_said
            && event.dialog == DialogId::survey_of(self.id)
        {
            survey.heard(at);
        }
    }
}

fn has(features: &[String], wanted: &str) -> bool {
    features.iter().any(|feature| feature == wanted)
}

/// Many states share one definition while they are in memory.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::Survey;

    pub(super) fn serialize<S: Serializer>(survey: &Arc<Survey>, serializer: S) -> Result<S::Ok, S::Error> {
        survey.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Survey>, D::Error> {
        Survey::deserialize(deserializer).map(Arc::new)
    }
}
