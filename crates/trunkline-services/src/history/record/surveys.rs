//! What the consumer was asked, and the answers. Source: spec 08 §2.2 `conversationSurveys`.

use trunkline_model::Transcript;
use trunkline_model::conversation::MessageEvent;
use trunkline_model::transcript::HeldSurvey;
use trunkline_wire::conversations::DialogType;
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::history::{Survey, SurveyAnswer};
use trunkline_wire::json::{JsValue, Members};

/// The surveys of a conversation: the satisfaction that the consumer gave, asked or not, and the survey dialog with its
/// questions and answers.
pub(super) fn surveys(transcript: &Transcript) -> Vec<Survey> {
    let held = transcript.survey.as_ref().map(|survey| held(transcript, survey));
    satisfaction(transcript).into_iter().chain(held).collect()
}

fn satisfaction(transcript: &Transcript) -> Option<Survey> {
    let csat = transcript.state.csat?;
    let answer = |question: &str, answer: String| SurveyAnswer { question: question.to_owned(), answer };
    let rate = csat.rate.map(|rate| answer("Rate Conversation", rate.to_string()));
    let resolved = csat.resolved.map(|yes| if yes { "Yes" } else { "No" }.to_owned());
    let resolved = resolved.map(|resolved| answer("Confirm Resolution", resolved));
    Some(Survey {
        kind: "Satisfaction".to_owned(),
        status: csat.status.as_str().to_owned(),
        dialog_id: None,
        answers: rate.into_iter().chain(resolved).collect(),
    })
}

fn held(transcript: &Transcript, survey: &HeldSurvey) -> Survey {
    let answers = survey.answers.iter().map(|answer| {
        let said = || transcript.messages.get(answer.message).and_then(|message| words(&message.event));
        let chosen = answer.reply.clone();
        SurveyAnswer { question: answer.question.clone(), answer: chosen.or_else(said).unwrap_or_default() }
    });
    Survey {
        kind: DialogType::PostSurvey.as_str().to_owned(),
        status: survey.status().as_str().to_owned(),
        dialog_id: Some(survey.dialog.to_string()),
        answers: answers.collect(),
    }
}

/// The answer to an open question: a text, the caption of a file or else its path, the first text of structured content or
/// else all of it.
fn words(event: &MessageEvent) -> Option<String> {
    let parsed = JsValue::parse(event.event.as_str()).ok()?;
    let members = parsed.as_object()?;
    if event.kind == EventKind::RichContent {
        let content = members.get("content")?;
        return first_text(content).or_else(|| Some(content.to_json().as_str().to_owned()));
    }
    let message = members.get("message")?;
    let file = || {
        let file = message.as_object()?;
        text(file, "caption").filter(|caption| !caption.is_empty()).or_else(|| text(file, "relativePath"))
    };
    message.as_text().map(str::to_owned).or_else(file)
}

fn first_text(content: &JsValue) -> Option<String> {
    let JsValue::Array(elements) = content.as_object()?.get("elements")? else { return None };
    elements.iter().filter_map(JsValue::as_object).find_map(|element| text(element, "text"))
}

fn text(members: &Members, name: &str) -> Option<String> {
    members.get(name).and_then(JsValue::as_text).map(str::to_owned)
}
