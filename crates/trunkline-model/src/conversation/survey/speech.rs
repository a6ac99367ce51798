//! What the bot says. Source: spec 06 §3.4, §3.5, 05 §10 `Question`, `Answer`.
//!
//! How the replies of a question look depends on what the client shows: as quick replies under a text, as quick replies or
//! buttons of structured content, or else as a list in the text itself, from which the consumer types one.

use std::fmt::Write as _;

use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::json::{JsValue, Members};
use trunkline_wire::operator::survey::{Question, Reply};
use trunkline_wire::{AgentId, JsonText};

use super::RunningSurvey;
use crate::survey::label;

/// Something to say.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::conversation) struct Speech {
    pub(in crate::conversation) kind: EventKind,
    pub(in crate::conversation) event: JsonText,
    pub(in crate::conversation) metadata: Option<JsonText>,
}

/// The provider in the metadata of questions and answers. Source: spec 05 §4.4.
const PROVIDER: &str = "AC";
/// All questions of a survey are one group.
const GROUP: &str = "1";
/// Quick replies in one row. Source: spec 06 §3.4.
const PER_ROW: f64 = 8.0;

/// What is said first.
pub(in crate::conversation) fn intro(survey: &RunningSurvey) -> Option<Speech> {
    survey.survey.definition().intro.as_deref().map(said)
}

/// What is said last.
pub(in crate::conversation) fn thanks(survey: &RunningSurvey) -> Option<Speech> {
    survey.survey.definition().thanks.as_deref().map(said)
}

/// The question that waits for an answer.
pub(in crate::conversation) fn question(survey: &RunningSurvey) -> Option<Speech> {
    let question = survey.question()?;
    let is_listed = !(survey.rich || survey.quick);
    Some(asked(survey, question, text_of(question, None, is_listed)))
}

/// The same question after an answer that was none. The list is in the text whatever the client shows: where it was shown
/// otherwise it was not understood. An open question has no list to point at.
pub(in crate::conversation) fn repeated(survey: &RunningSurvey) -> Option<Speech> {
    let question = survey.question()?;
    let hint = Some(survey.survey.hint()).filter(|_| !question.replies.is_empty());
    Some(asked(survey, question, text_of(question, hint, true)))
}

/// `metaData` of the dialog: the bot is an app of its own. Source: spec 06 §3.3.
pub(in crate::conversation) fn appearance(bot: AgentId) -> JsonText {
    object([("appInstallId", text(&bot.to_string()))]).to_json()
}

impl Speech {
    /// The receipt for a message. Source: spec 05 §5.
    pub(in crate::conversation) fn read(sequence: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "no dialog has 2^53 events")]
        let sequences = JsValue::Array(vec![JsValue::Number(sequence as f64)]);
        let event = object([
            ("type", text("AcceptStatusEvent")),
            ("status", text("READ")),
            ("sequenceList", sequences),
        ]);
        Self { kind: EventKind::AcceptStatus, event: event.to_json(), metadata: None }
    }
}

/// Plain words.
pub(in crate::conversation) fn said(words: &str) -> Speech {
    let event = object([
        ("type", text("ContentEvent")),
        ("message", text(words)),
        ("contentType", text("text/plain")),
    ]);
    Speech { kind: EventKind::Content, event: event.to_json(), metadata: None }
}

fn text_of(question: &Question, hint: Option<&str>, is_listed: bool) -> String {
    let mut words = hint.map_or_else(String::new, |hint| format!("{hint}\n"));
    words.push_str(&question.text);
    if is_listed {
        for (place, reply) in question.replies.iter().enumerate() {
            let label = label(reply, place);
            // Writing to a string cannot fail.
            let _ = if label == reply.text {
                write!(words, "\n{label}")
            } else {
                write!(words, "\n{label}. {}", reply.text)
            };
        }
    }
    words
}

fn asked(survey: &RunningSurvey, question: &Question, words: String) -> Speech {
    let buttons = || question.replies.iter().map(|reply| button(question, reply));
    let is_open = question.replies.is_empty();
    let (kind, mut members) = if survey.rich && !is_open {
        let mut elements = vec![object([("type", text("text")), ("text", JsValue::Text(words))])];
        if !survey.quick {
            elements.extend(buttons());
        }
        let content = object([("type", text("vertical")), ("elements", JsValue::Array(elements))]);
        (EventKind::RichContent, vec![("type", text("RichContentEvent")), ("content", content)])
    } else {
        let message = JsValue::Text(words);
        let members =
            vec![("type", text("ContentEvent")), ("message", message), ("contentType", text("text/plain"))];
        (EventKind::Content, members)
    };
    if survey.quick && !is_open {
        let replies = object([
            ("type", text("quickReplies")),
            ("itemsPerRow", JsValue::Number(PER_ROW)),
            ("replies", JsValue::Array(buttons().collect())),
        ]);
        members.push(("quickReplies", replies));
    }
    let metadata = Some(metadata(survey, question));
    Speech { kind, event: object(members).to_json(), metadata }
}

/// `Question` with its replies.
fn metadata(survey: &RunningSurvey, question: &Question) -> JsonText {
    let reply = |reply: &Reply| object([("id", text(&reply.id)), ("text", text(&reply.text))]);
    let described = object([
        ("type", text("Question")),
        ("id", text(&question.id)),
        ("groupId", text(GROUP)),
        ("surveyId", text(&survey.bot.to_string())),
        ("provider", text(PROVIDER)),
        ("replies", JsValue::Array(question.replies.iter().map(reply).collect())),
    ]);
    JsValue::Array(vec![described]).to_json()
}

/// A reply to be clicked: the client sends the text with this `Answer`.
fn button(question: &Question, reply: &Reply) -> JsValue {
    let answer = object([
        ("type", text("Answer")),
        ("questionId", text(&question.id)),
        ("id", text(&reply.id)),
        ("provider", text(PROVIDER)),
        ("groupId", text(GROUP)),
    ]);
    let publish = object([("type", text("publishText")), ("text", text(&reply.text))]);
    let click =
        object([("metadata", JsValue::Array(vec![answer])), ("actions", JsValue::Array(vec![publish]))]);
    object([
        ("type", text("button")),
        ("title", text(&reply.text)),
        ("tooltip", text(&reply.text)),
        ("click", click),
    ])
}

fn text(words: &str) -> JsValue {
    JsValue::Text(words.to_owned())
}

fn object(members: impl IntoIterator<Item = (&'static str, JsValue)>) -> JsValue {
    let mut all = Members::default();
    for (name, value) in members {
        all.set(name, value);
    }
    JsValue::Object(all)
}
