//! The rules of conversations: what a command does, or why it is refused.

use std::sync::Arc;
use std::time::Duration;

use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::conversations::{Audience, CloseReason, ParticipantRole};
use trunkline_wire::{DialogId, EpochMillis};

use super::{
    Actor, Command, Conversation, ConversationChange, Decision, Dialog, EntryBody, FieldChange, LogEntry,
    MessageEvent, Publish, Refusal, Stage, Ttr,
};

impl Ttr {
    /// The target as a span.
    pub const fn span(self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }
}

impl Conversation {
    /// Decides what `command` does to this state. Pure: nothing changes until the decision is stored and applied.
    ///
    /// # Errors
    /// [`Refusal`] says why nothing may be done.
    pub fn decide(&self, actor: Actor, command: Command, now: EpochMillis) -> Result<Decision, Refusal> {
        if !self.participants.iter().any(|known| known.id == actor.participant()) {
            return Err(Refusal::NotParticipant);
        }
        match command {
            Command::Publish(publish) => self.decide_publish(actor, publish, now),
            Command::Update { changes, metadata } => {
                let mut next = self.clone();
                let at = self.next_update(now);
                for change in changes {
                    next.change_field(actor, change, at)?;
                }
                if next == *self {
                    return Ok(Decision::Nothing);
                }
                next.version = self.version + 1;
                next.updated_at = at;
                let body = EntryBody::Changed { by: Some(actor.participant()), metadata };
                let state = Some(Arc::new(next));
                Ok(self.append(LogEntry { version: self.version + 1, at: now, body, state }, None))
            }
        }
    }

    fn decide_publish(&self, actor: Actor, publish: Publish, now: EpochMillis) -> Result<Decision, Refusal> {
        if publish.conversation.is_some_and(|claimed| claimed != self.id) {
            return Err(Refusal::UnknownDialog);
        }
        let dialog = self.dialog(publish.dialog).ok_or(Refusal::UnknownDialog)?;
        if !dialog.is_open() {
            return Err(Refusal::Closed);
        }
        if !dialog.participants.iter().any(|known| known.id == actor.participant()) {
            return Err(Refusal::NotParticipant);
        }
        let sequence = dialog.next_sequence;
        let event = MessageEvent {
            dialog: publish.dialog,
            sequence,
            originator: actor.participant(),
            role: actor.role(),
            kind: publish.event.kind,
            event: publish.event.json,
            audience: publish.audience,
            metadata: publish.metadata,
        };
        if event.kind == EventKind::ChatState {
            return Ok(Decision::Pass(event));
        }
        let version = self.version + 1;
        let mut entry = LogEntry { version, at: now, body: EntryBody::Event(event), state: None };
        if version.is_multiple_of(LogEntry::STATE_EVERY) {
            let mut state = self.clone();
            state.apply(&entry);
            entry.state = Some(Arc::new(state));
        }
        Ok(self.append(entry, Some(sequence)))
    }

    fn append(&self, entry: LogEntry, sequence: Option<u64>) -> Decision {
        let change = ConversationChange {
            account: self.account.clone(),
            conversation: self.id,
            consumer: self.consumer,
            expected_version: self.version,
            entries: vec![entry],
        };
        Decision::Append { change, sequence }
    }

    /// When the brand owes its next answer once `event` is stored: the consumer's first unanswered message starts the
    /// clock, an answer that the consumer can read stops it. Source: spec 06 §3.1.
    pub(super) fn answer_due_after(&self, event: &MessageEvent, at: EpochMillis) -> Option<EpochMillis> {
        if !matches!(event.kind, EventKind::Content | EventKind::RichContent)
            || event.audience != Audience::All
        {
            return self.answer_due;
        }
        match event.role {
            ParticipantRole::Consumer => self.answer_due.or_else(|| Some(at.plus(self.ttr.span()))),
            ParticipantRole::Reader | ParticipantRole::Controller => self.answer_due,
            _ => None,
        }
    }

    fn change_field(&mut self, actor: Actor, change: FieldChange, at: EpochMillis) -> Result<(), Refusal> {
        // Satisfaction may be told at any time, also after the close (spec 05 §4.3).
        if !self.is_open() && !matches!(change, FieldChange::Csat(_)) {
            return Err(Refusal::Closed);
        }
        match change {
            FieldChange::CloseConversation => self.close(actor.closes_as(), at, None),
            FieldChange::CloseDialog(close) => self.close_dialog(close.dialog, actor, at, close.cause)?,
            FieldChange::Csat(csat) => self.csat = Some(csat),
            FieldChange::Ttr(ttr) => self.change_ttr(ttr),
        }
        Ok(())
    }

    /// Closes one dialog. Closing the main dialog closes the conversation, since no survey is configured; so does closing
    /// the last open one.
    fn close_dialog(
        &mut self,
        dialog: DialogId,
        actor: Actor,
        at: EpochMillis,
        cause: Option<String>,
    ) -> Result<(), Refusal> {
        let by = actor.closes_as();
        let known = self.dialogs.iter_mut().find(|known| known.id == dialog).ok_or(Refusal::UnknownDialog)?;
        if !known.is_open() {
            return Err(Refusal::Closed);
        }
        if dialog == DialogId::Main(self.id) {
            self.close(by, at, cause);
            return Ok(());
        }
        known.close(at, by, cause);
        if !self.dialogs.iter().any(Dialog::is_open) {
            self.close(by, at, None);
        }
        Ok(())
    }

    /// Closes everything; the cause, if there is one, is the main dialog's.
    fn close(&mut self, by: CloseReason, at: EpochMillis, mut cause: Option<String>) {
        for dialog in &mut self.dialogs {
            dialog.close(at, by, cause.take());
        }
        self.stage = Stage::Closed { at, reason: self.close_reason().unwrap_or(by) };
        self.answer_due = None;
    }

    /// A new target moves a running deadline by the difference: the clock keeps its start.
    fn change_ttr(&mut self, ttr: Ttr) {
        self.answer_due = self.answer_due.map(|due| {
            let started = due.0 - i64::from(self.ttr.seconds) * 1000;
            EpochMillis(started).plus(ttr.span())
        });
        self.ttr = ttr;
    }
}

impl Actor {
    const fn closes_as(self) -> CloseReason {
        match self {
            Self::Consumer(_) => CloseReason::Consumer,
        }
    }
}
