//! What the consumer was asked, and the answers. Source: spec 08 §2.2 `conversationSurveys`.

use trunkline_model::Transcript;
use trunkline_model::conversation::{Dialog, DialogState, MessageEvent};
use trunkline_wire::ParticipantId;
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::conversations::{CsatStatus, DialogType};
use trunkline_wire::history::{Survey, SurveyAnswer};
use trunkline_wire::json::{JsValue, Members};

/// How a dialog says that its survey came to its end. Source: spec 05 §4.3.
const COMPLETED: &str = "Completed";

/// The surveys of a conversation: the satisfaction that the consumer gave, asked or not, and each survey dialog with its
/// questions and answers.
pub(super) fn surveys(transcript: &Transcript) -> Vec<Survey> {
    let dialogs = transcript.state.dialogs.iter().filter(|dialog| dialog.kind == DialogType::PostSurvey);
    let asked = dialogs.map(|dialog| in_dialog(transcript, dialog));
    satisfaction(transcript).into_iter().chain(asked).collect()
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

fn in_dialog(transcript: &Transcript, dialog: &Dialog) -> Survey {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for message in transcript.messages.iter().filter(|message| message.event.dialog == dialog.id) {
        let event = &message.event;
        if let ParticipantId::Consumer(_) = event.originator {
            answered(&mut exchanges, event);
        } else if let Some((id, replies)) = question(event) {
            if let Some(last) = exchanges.last_mut().filter(|last| last.id == id) {
                // Asked once more: what was said was no answer.
                last.answer = None;
            } else {
                let text = words_of_question(event, replies);
                exchanges.push(Exchange { id, text, answer: None });
            }
        }
    }
    let given = exchanges.iter().filter(|exchange| exchange.answer.is_some()).count();
    let status = match given {
        // While it is on there is still time for all of it.
        _ if dialog.is_open() => CsatStatus::PartiallyFilled,
        0 => CsatStatus::Skipped,
        all if all == exchanges.len() && is_completed(dialog) => CsatStatus::Filled,
        _ => CsatStatus::PartiallyFilled,
    };
    let answers = exchanges
        .into_iter()
        .filter_map(|exchange| Some(SurveyAnswer { question: exchange.text, answer: exchange.answer? }));
    Survey {
        kind: dialog.kind.as_str().to_owned(),
        status: status.as_str().to_owned(),
        dialog_id: Some(dialog.id.to_string()),
        answers: answers.collect(),
    }
}

/// A question and what was said to it.
struct Exchange {
    id: String,
    text: String,
    answer: Option<String>,
}

/// Notes an answer: to the question that it names, otherwise to the last one.
fn answered(exchanges: &mut [Exchange], event: &MessageEvent) {
    let Some(said) = words(event) else { return };
    let named = element(event, "Answer").and_then(|answer| text(&answer, "questionId"));
    let exchange = match named {
        Some(id) => exchanges.iter_mut().find(|exchange| exchange.id == id),
        None => exchanges.last_mut(),
    };
    if let Some(exchange) = exchange {
        exchange.answer = Some(said);
    }
}

/// The id of the question that a message asks, and how many replies it has. Source: spec 05 §10 `Question`.
fn question(event: &MessageEvent) -> Option<(String, usize)> {
    let question = element(event, "Question")?;
    let replies = match question.get("replies") {
        Some(JsValue::Array(replies)) => replies.len(),
        _ => 0,
    };
    Some((text(&question, "id")?, replies))
}

/// What is asked, without the list of replies that is part of the text where a client shows nothing else.
fn words_of_question(event: &MessageEvent, replies: usize) -> String {
    let Some(words) = words(event) else { return String::new() };
    let parsed = JsValue::parse(event.event.as_str()).ok();
    let shows =
        |name| parsed.as_ref().and_then(JsValue::as_object).is_some_and(|event| event.get(name).is_some());
    let listed = if event.kind == EventKind::RichContent || shows("quickReplies") { 0 } else { replies };
    let lines: Vec<_> = words.lines().collect();
    match lines.len().checked_sub(listed) {
        Some(kept) if kept > 0 => lines[..kept].join("\n"),
        _ => words,
    }
}

/// The text of a message, or the first one of its structured content.
fn words(event: &MessageEvent) -> Option<String> {
    let parsed = JsValue::parse(event.event.as_str()).ok()?;
    let members = parsed.as_object()?;
    if event.kind == EventKind::Content {
        return text(members, "message");
    }
    let JsValue::Array(elements) = members.get("content")?.as_object()?.get("elements")? else { return None };
    text(elements.first()?.as_object()?, "text")
}

/// The first element of this type in the `metadata` of a message.
fn element(event: &MessageEvent, kind: &str) -> Option<Members> {
    let JsValue::Array(list) = JsValue::parse(event.metadata.as_ref()?.as_str()).ok()? else { return None };
    list.into_iter().find_map(|element| match element {
        JsValue::Object(members) if text(&members, "type").as_deref() == Some(kind) => Some(members),
        _ => None,
    })
}

fn text(members: &Members, name: &str) -> Option<String> {
    members.get(name).and_then(JsValue::as_text).map(str::to_owned)
}

/// Whether the last question was reached.
fn is_completed(dialog: &Dialog) -> bool {
    matches!(&dialog.state, DialogState::Closed { cause: Some(cause), .. } if cause == COMPLETED)
}
