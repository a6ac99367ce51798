//! What the consumer was asked. Source: spec 08 §2.2 `conversationSurveys`.

use serde::{Deserialize, Serialize};

/// A survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Survey {
    /// `Satisfaction` for what the conversation itself says, `POST_SURVEY` for what was asked in a dialog.
    #[serde(rename = "surveyType")]
    pub kind: String,
    /// `FILLED`, `PARTIALLY_FILLED`, `SKIPPED`.
    #[serde(rename = "surveyStatus")]
    pub status: String,
    /// The dialog of the survey; absent when it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialog_id: Option<String>,
    /// Questions and answers.
    #[serde(rename = "surveyData")]
    pub answers: Vec<SurveyAnswer>,
}

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyAnswer {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}
