//! What the consumer was asked, and the answers. Source: spec 08 §2.2 `conversationSurveys`.

use trunkline_model::Transcript;
use trunkline_wire::history::{Survey, SurveyAnswer};

/// The surveys of a conversation: the satisfaction that the consumer gave. The questions and answers of a survey dialog are
/// messages of that dialog, each answer with the `metadata` of its question.
pub(super) fn surveys(transcript: &Transcript) -> Vec<Survey> {
    let Some(csat) = transcript.state.csat else { return Vec::new() };
    let answer = |question: &str, answer: String| SurveyAnswer { question: question.to_owned(), answer };
    let rate = csat.rate.map(|rate| answer("Rate Conversation", rate.to_string()));
    let resolved = csat.resolved.map(|yes| if yes { "Yes" } else { "No" }.to_owned());
    let resolved = resolved.map(|resolved| answer("Confirm Resolution", resolved));
    vec![Survey {
        kind: "Satisfaction".to_owned(),
        status: csat.status.as_str().to_owned(),
        dialog_id: None,
        answers: rate.into_iter().chain(resolved).collect(),
    }]
}
