//! What the consumer's message says to a question. Source: spec 05 §4.4, §10 `Answer`.

use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::json::{JsValue, Members};
use trunkline_wire::operator::survey::{Question, QuestionKind, Reply, ReplyValue};

use super::{MessageEvent, RunningSurvey};
use crate::survey::{comparable, label};

/// What a message says to the question that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer<'a> {
    /// Nothing: it answers a question that came before, by a reply that was clicked late or twice.
    Settled,
    /// None of the replies.
    None,
    /// An answer to the question.
    Given(Accepted<'a>),
}

/// A question that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepted<'a> {
    /// What was asked.
    pub(crate) question: &'a Question,
    /// What was chosen; `None` for open questions, which the message itself answers.
    pub(crate) reply: Option<&'a Reply>,
}

impl RunningSurvey {
    pub(super) fn read(&self, event: &MessageEvent) -> Answer<'_> {
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
            return if is_said { Answer::Given(Accepted { question, reply: None }) } else { Answer::None };
        }
        let clicked = click.filter(|(about, _)| about.as_ref().is_none_or(|about| *about == question.id));
        match clicked.and_then(|(_, id)| by_id(question, &id)).or_else(|| by_words(question, &words?)) {
            Some(reply) => Answer::Given(Accepted { question, reply: Some(reply) }),
            None => Answer::None,
        }
    }
}

fn by_id<'a>(question: &'a Question, id: &str) -> Option<&'a Reply> {
    question.replies.iter().find(|reply| reply.id == id)
}

fn by_words<'a>(question: &'a Question, words: &str) -> Option<&'a Reply> {
    let words = comparable(words);
    if words.is_empty() {
        return None;
    }
    let replies = || question.replies.iter().enumerate();
    let same = |text: &str| comparable(text) == words;
    replies()
        .find(|(_, reply)| same(&reply.text))
        .or_else(|| replies().find(|(place, reply)| same(&label(reply, *place))))
        .map(|(_, reply)| reply)
}

impl Accepted<'_> {
    /// What counts for satisfaction; the value of a choice is a label only.
    pub(super) fn rating(&self) -> Option<ReplyValue> {
        match self.question.kind {
            QuestionKind::Csat | QuestionKind::Fcr => self.reply?.value.clone(),
            QuestionKind::Choice | QuestionKind::Text => None,
        }
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
