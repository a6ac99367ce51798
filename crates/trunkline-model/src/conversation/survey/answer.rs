//! What the consumer's message says to a question. Source: spec 05 §4.4, §10 `Answer`.

use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::json::{JsValue, Members};
use trunkline_wire::operator::survey::{Question, QuestionKind, ReplyValue};

use super::{MessageEvent, RunningSurvey};
use crate::survey::{comparable, label};

/// What a message says to the question that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing: it answers a question that came before, by a reply that was clicked late or twice.
    Settled,
    /// None of the replies.
    None,
    /// An answer, with what the chosen reply stands for in questions of satisfaction and resolution.
    Given(Option<ReplyValue>),
}

impl RunningSurvey {
    pub(super) fn read(&self, event: &MessageEvent) -> Answer {
        let Some(question) = self.question() else { return Answer::Settled };
        let click = event.metadata.as_ref().and_then(|metadata| click(metadata.as_str()));
        if let Some((Some(about), _)) = &click
            && *about != question.id
            && self.survey.questions().iter().take(self.at).any(|settled| settled.id == *about)
        {
            return Answer::Settled;
        }
        let words = words(event);
        if question.kind == QuestionKind::Text {
            let is_said = words.as_deref().is_none_or(|words| !words.trim().is_empty());
            return if is_said { Answer::Given(None) } else { Answer::None };
        }
        let clicked = click.filter(|(about, _)| about.as_ref().is_none_or(|about| *about == question.id));
        match clicked.and_then(|(_, id)| by_id(question, &id)).or_else(|| by_words(question, &words?)) {
            Some(place) => Answer::Given(rating(question, place)),
            None => Answer::None,
        }
    }
}

fn by_id(question: &Question, id: &str) -> Option<usize> {
    question.replies.iter().position(|reply| reply.id == id)
}

fn by_words(question: &Question, words: &str) -> Option<usize> {
    let words = comparable(words);
    if words.is_empty() {
        return None;
    }
    let replies = || question.replies.iter().enumerate();
    let same = |text: &str| comparable(text) == words;
    replies()
        .find(|(_, reply)| same(&reply.text))
        .or_else(|| replies().find(|(place, reply)| same(&label(reply, *place))))
        .map(|(place, _)| place)
}

/// What counts for satisfaction; the value of a choice is a label only.
fn rating(question: &Question, place: usize) -> Option<ReplyValue> {
    match question.kind {
        QuestionKind::Csat | QuestionKind::Fcr => question.replies.get(place)?.value.clone(),
        QuestionKind::Choice | QuestionKind::Text => None,
    }
}

/// The question, if it is named, and the reply of a click.
fn click(metadata: &str) -> Option<(Option<String>, String)> {
    let JsValue::Array(list) = JsValue::parse(metadata).ok()? else { return None };
    let text = |members: &Members, name| members.get(name).and_then(JsValue::as_text).map(str::to_owned);
    list.iter()
        .filter_map(JsValue::as_object)
        .find(|members| members.get("type").and_then(JsValue::as_text) == Some("Answer"))
        .and_then(|members| Some((text(members, "questionId"), text(members, "id")?)))
}

/// What was typed; `None` for a file, structured content and the like.
fn words(event: &MessageEvent) -> Option<String> {
    if event.kind != EventKind::Content {
        return None;
    }
    let value = JsValue::parse(event.event.as_str()).ok()?;
    value.as_object()?.get("message")?.as_text().map(str::to_owned)
}
