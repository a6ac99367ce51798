//! Does the acts of conversations, one after the other.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_wire::agent::RequestName;

use super::super::frame::Answer;
use super::super::lane::Busy;
use super::super::persona::Act;
use super::{About, Broken, Desk, Effect};

/// How long to wait when the server has too much to do (spec 21 §4).
const AGAIN: Duration = Duration::from_secs(1);
/// How often an act is tried.
const TRIES: u32 = 5;

impl Desk {
    /// Does the next act of a conversation, unless one is being done.
    pub(super) fn advance(&mut self, conversation: &str, out: &mut Vec<Effect>) {
        let Some(lane) = self.lanes.get_mut(conversation) else { return };
        let Some(act) = lane.next(&self.persona) else { return };
        if let Act::Wait(span) = *act {
            self.wait(conversation, span, out);
            return;
        }
        let Some((name, body)) = request(act, conversation, self.aid.as_deref()) else { return };
        lane.busy = Busy::Answer;
        self.ask(About::Act(conversation.to_owned()), name, &body, out);
    }

    fn wait(&mut self, conversation: &str, span: Duration, out: &mut Vec<Effect>) {
        let timer = self.number();
        if let Some(lane) = self.lanes.get_mut(conversation) {
            lane.busy = Busy::Timer(timer);
            self.timers.insert(timer, conversation.to_owned());
            out.push(Effect::Wait(timer, span));
        }
    }

    /// A wait that is an act itself is done; one before another try is not.
    pub(super) fn waited(&mut self, conversation: &str) {
        if let Some(lane) = self.lanes.get_mut(conversation)
            && matches!(lane.next(&self.persona), Some(Act::Wait(_)))
        {
            lane.done();
        }
    }

    /// An act was answered.
    pub(super) fn acted(
        &mut self,
        conversation: &str,
        answer: &Answer,
        out: &mut Vec<Effect>,
    ) -> Result<(), Broken> {
        // Left meanwhile.
        let Some(lane) = self.lanes.get_mut(conversation) else { return Ok(()) };
        lane.busy = Busy::No;
        match answer.code {
            ..=399 => {
                if let Some(act) = lane.done() {
                    tell(&act, conversation);
                }
            }
            401 => return Err(Broken::Unauthorized),
            429 | 503 if lane.tries < TRIES => {
                lane.tries += 1;
                self.wait(conversation, AGAIN, out);
                return Ok(());
            }
            code => {
                lane.give_up();
                let reason = answer.reason();
                tracing::warn!(conversation.id = conversation, code, reason, "the server refused an act");
            }
        }
        self.advance(conversation, out);
        Ok(())
    }
}

/// One line for everything a consumer or a colleague notices.
fn tell(act: &Act, conversation: &str) {
    match act {
        Act::Say(_) => tracing::info!(conversation.id = conversation, "answered"),
        Act::Rich(_) => tracing::info!(conversation.id = conversation, "answered with structured content"),
        Act::Transfer(skill) => {
            tracing::info!(conversation.id = conversation, skill = %skill, "transferred");
        }
        Act::Close => tracing::info!(conversation.id = conversation, "closed"),
        Act::Read(_) | Act::Typing(_) | Act::Wait(_) => {}
    }
}

/// The request for an act (spec 21 §7.3, §7.4); the main dialog carries the id of its conversation (spec 00 §2).
fn request(act: &Act, conversation: &str, aid: Option<&str>) -> Option<(RequestName, Value)> {
    let publish =
        |event: Value| Some((RequestName::PublishEvent, json!({"dialogId": conversation, "event": event})));
    let change = |fields: Value| {
        let body = json!({"conversationId": conversation, "conversationField": fields});
        Some((RequestName::UpdateConversationField, body))
    };
    match act {
        Act::Read(sequence) => {
            publish(json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [sequence]}))
        }
        Act::Typing(typing) => {
            let state = if *typing { "COMPOSING" } else { "ACTIVE" };
            publish(json!({"type": "ChatStateEvent", "chatState": state}))
        }
        Act::Say(text) => {
            publish(json!({"type": "ContentEvent", "contentType": "text/plain", "message": text}))
        }
        Act::Rich(content) => publish(json!({"type": "RichContentEvent", "content": content})),
        Act::Transfer(skill) => change(json!([
            {"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT", "userId": aid},
            {"field": "Skill", "type": "UPDATE", "skill": skill},
        ])),
        Act::Close => change(json!([{"field": "ConversationStateField", "conversationState": "CLOSE"}])),
        Act::Wait(_) => None,
    }
}
