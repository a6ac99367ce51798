//! The survey after a conversation: what was asked in it, and what counted as an answer.
//!
//! Nothing is kept for this. A state carries its survey as far as it got, so each message is put to the very survey it was
//! said to, by the rules with which that went on.

use trunkline_wire::DialogId;
use trunkline_wire::conversations::CsatStatus;

use super::Transcript;
use crate::conversation::MessageEvent;

/// A survey that was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSurvey {
    /// Its dialog.
    pub dialog: DialogId,
    /// How many questions it has.
    pub questions: usize,
    /// What was answered, in the order of the questions.
    pub answers: Vec<SurveyAnswer>,
    /// Whether it came to its end, in whatever way.
    pub is_over: bool,
}

/// An answer that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyAnswer {
    /// What was asked.
    pub question: String,
    /// The text of the reply that was chosen; `None` for an open question, which the message itself answers.
    pub reply: Option<String>,
    /// The place of the answer in [`Transcript::messages`].
    pub message: usize,
}

impl HeldSurvey {
    /// How far it was filled in; while it is on there is still time for all of it.
    pub fn status(&self) -> CsatStatus {
        match self.answers.len() {
            _ if !self.is_over => CsatStatus::PartiallyFilled,
            0 => CsatStatus::Skipped,
            all if all == self.questions => CsatStatus::Filled,
            _ => CsatStatus::PartiallyFilled,
        }
    }
}

impl Transcript {
    /// Notes an answer; the state is the one before the message.
    pub(super) fn note_answer(&mut self, event: &MessageEvent) {
        let Some(survey) = &mut self.survey else { return };
        survey.answers.extend(self.state.survey_answer(event).map(|accepted| SurveyAnswer {
            question: accepted.question.text.clone(),
            reply: accepted.reply.map(|reply| reply.text.clone()),
            message: self.messages.len(),
        }));
    }

    /// Notes that a survey began or ended with the entry that led to the state.
    pub(super) fn follow_survey(&mut self) {
        match &self.state.survey {
            Some(running) => {
                self.survey.get_or_insert_with(|| HeldSurvey {
                    dialog: DialogId::survey_of(self.state.id),
                    questions: running.questions(),
                    answers: Vec::new(),
                    is_over: false,
                });
            }
            None => {
                if let Some(survey) = &mut self.survey {
                    survey.is_over = true;
                }
            }
        }
    }
}
