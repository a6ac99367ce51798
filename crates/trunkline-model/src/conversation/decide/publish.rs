//! Publishing events.

use std::sync::Arc;

use trunkline_wire::EpochMillis;
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::conversations::{Audience, DialogType, ParticipantRole};

use crate::conversation::{
    Actor, AutoOffer, Conversation, ConversationChange, Decision, Dialog, EntryBody, LogEntry, MessageEvent,
    Publish, Refusal,
};

/// The roles in which the brand's side publishes, the one that an event carries first. Source: spec 21 §8.
const PUBLISHING: [ParticipantRole; 6] = [
    ParticipantRole::AssignedAgent,
    ParticipantRole::Agent,
    ParticipantRole::Manager,
    ParticipantRole::AgentManager,
    ParticipantRole::AssignedManager,
    ParticipantRole::Controller,
];

impl Conversation {
    pub(super) fn decide_publish(
        &self,
        actor: Actor,
        publish: Publish,
        words: Option<&AutoOffer>,
        now: EpochMillis,
    ) -> Result<Decision, Refusal> {
        if publish.conversation.is_some_and(|claimed| claimed != self.id) {
            return Err(Refusal::WrongConversation);
        }
        let dialog = self.dialog(publish.dialog).ok_or(Refusal::UnknownDialog)?;
        if !dialog.is_open() {
            return Err(Refusal::Closed);
        }
        let originator = actor.participant().ok_or(Refusal::NotParticipant)?;
        let role = dialog.publishing_role(actor)?;
        let sequence = dialog.next_sequence;
        let mut event = MessageEvent {
            dialog: publish.dialog,
            sequence,
            originator,
            role,
            kind: publish.event.kind,
            event: publish.event.json,
            audience: if role == ParticipantRole::Consumer { Audience::All } else { publish.audience },
            metadata: publish.metadata,
            encoded_metadata: publish.encoded_metadata,
            public: None,
        };
        event.keep_back(&dialog.private);
        if event.kind == EventKind::ChatState {
            // Nobody waits to see typing in a survey. Source: spec 05 §4.2, first open point.
            let is_survey = dialog.kind == DialogType::PostSurvey;
            return Ok(if is_survey { Decision::Nothing } else { Decision::Pass(event) });
        }
        if let Some(survey) = self.survey_asked(&event) {
            return Ok(self.answer_survey(survey, event, now));
        }
        if self.is_awaited(&event) {
            return Ok(self.take_first_message(event, words, now));
        }
        let version = self.version + 1;
        let tally = self.tally_after(&event, now);
        let carries_state = LogEntry::carries_state(version, &event);
        let mut entry = LogEntry { version, at: now, body: EntryBody::Event(event), state: None };
        if carries_state {
            let mut state = self.clone();
            state.apply(&entry);
            entry.state = Some(Arc::new(state));
        }
        let change = ConversationChange {
            account: self.account.clone(),
            conversation: self.id,
            consumer: self.consumer,
            expected_version: self.version,
            entries: vec![entry],
            tally,
        };
        Ok(Decision::Append { change, sequence: Some(sequence) })
    }
}

impl Dialog {
    /// The role that the actor's events carry here.
    fn publishing_role(&self, actor: Actor) -> Result<ParticipantRole, Refusal> {
        let mut roles = self.roles_of(actor).peekable();
        if roles.peek().is_none() {
            return Err(Refusal::NotParticipant);
        }
        if matches!(actor, Actor::Consumer(_)) {
            return Ok(ParticipantRole::Consumer);
        }
        let rank = |role| PUBLISHING.iter().position(|known| *known == role);
        roles.filter_map(rank).min().map(|first| PUBLISHING[first]).ok_or(Refusal::ReaderMayNotPublish)
    }
}
