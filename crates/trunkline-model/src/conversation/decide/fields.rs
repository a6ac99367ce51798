//! Changing fields: who may, and what each change does.

use std::time::Duration;

use trunkline_wire::{DialogId, EpochMillis};

use crate::conversation::{Actor, Conversation, Dialog, FieldChange, Refusal, SurveyOffer, Ttr};

impl Ttr {
    /// The target as a span.
    pub const fn span(self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }
}

impl FieldChange {
    /// True for the one change that needs no place in the conversation before it. Source: spec 21 §7.4 rule 1.
    pub(super) fn is_join_of(&self, actor: Actor) -> bool {
        matches!(self, Self::Join(membership) if Some(membership.agent) == actor.agent())
    }

    /// Whether this kind of actor may make this kind of change at all. Source: spec 24 §3.7, 21 §7.4.
    const fn is_for(&self, actor: Actor) -> bool {
        match self {
            Self::CloseConversation | Self::CloseDialog(_) | Self::Ttr(_) => true,
            Self::Csat(_) => matches!(actor, Actor::Consumer(_)),
            _ => !matches!(actor, Actor::Consumer(_)),
        }
    }

    /// Whether a closed conversation takes it: satisfaction and notes come afterwards (spec 05 §4.3, 21 §7.4 rule 5).
    const fn is_for_closed(&self) -> bool {
        matches!(self, Self::Csat(_) | Self::Note(_))
    }
}

impl Conversation {
    /// The longest note, in characters.
    pub const MAX_NOTE_CHARACTERS: usize = 4096;
    /// The longest topic, in characters.
    pub const MAX_TOPIC_CHARACTERS: usize = 256;
    /// The longest reason for a close, in characters.
    pub const MAX_CAUSE_CHARACTERS: usize = 1024;

    pub(super) fn change_field(
        &mut self,
        actor: Actor,
        change: FieldChange,
        survey: Option<&SurveyOffer>,
        at: EpochMillis,
    ) -> Result<(), Refusal> {
        if !change.is_for(actor) {
            return Err(Refusal::NotAllowed);
        }
        if !self.is_open() && !change.is_for_closed() {
            return Err(Refusal::Closed);
        }
        match change {
            FieldChange::CloseConversation => self.close(actor.closes_as(), at, None),
            FieldChange::CloseDialog(close) => {
                if let Some(cause) = &close.cause {
                    check_length(cause, Self::MAX_CAUSE_CHARACTERS)?;
                }
                self.close_dialog(close.dialog, actor.closes_as(), at, close.cause, survey)?;
            }
            FieldChange::AttachMetadata(dialog) => self.open_dialog_mut(dialog)?.updated_at = at,
            FieldChange::Csat(csat) => self.csat = Some(csat),
            FieldChange::Ttr(ttr) => self.change_ttr(ttr),
            FieldChange::Join(membership) => self.join(actor, membership, at)?,
            FieldChange::Leave(membership) => self.leave(membership, at)?,
            FieldChange::Suggest { agent, dialog } => self.suggest(agent, dialog, at)?,
            FieldChange::Skill(skill) => self.skill = skill,
            FieldChange::ManualAnswerDue(due) => self.manual_answer_due = due,
            FieldChange::Note(note) => self.note = bounded(note, Self::MAX_NOTE_CHARACTERS)?,
            FieldChange::Topic(topic) => self.topic = bounded(topic, Self::MAX_TOPIC_CHARACTERS)?,
            FieldChange::Delay(delay) => self.delay = delay,
        }
        Ok(())
    }

    /// A new target moves a running deadline by the difference: the clock keeps its start.
    fn change_ttr(&mut self, ttr: Ttr) {
        self.answer_due = self.answer_due.map(|due| {
            let started = due.0 - i64::from(self.ttr.seconds) * 1000;
            EpochMillis(started).plus(ttr.span())
        });
        self.ttr = ttr;
    }

    /// The named dialog, or the open one; the main dialog comes first. Source: spec 21 §7.4 `dialogId`.
    pub(super) fn open_dialog(&self, dialog: Option<DialogId>) -> Result<&Dialog, Refusal> {
        let found = match dialog {
            Some(id) => self.dialog(id).ok_or(Refusal::UnknownDialog)?,
            None => self.dialogs.iter().find(|known| known.is_open()).ok_or(Refusal::Closed)?,
        };
        if found.is_open() { Ok(found) } else { Err(Refusal::Closed) }
    }

    pub(super) fn open_dialog_mut(&mut self, dialog: Option<DialogId>) -> Result<&mut Dialog, Refusal> {
        let id = self.open_dialog(dialog)?.id;
        self.dialogs.iter_mut().find(|known| known.id == id).ok_or(Refusal::UnknownDialog)
    }
}

/// The text of a field, none when it is empty.
fn bounded(text: String, most: usize) -> Result<Option<String>, Refusal> {
    check_length(&text, most)?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn check_length(text: &str, most: usize) -> Result<(), Refusal> {
    if text.chars().count() > most { Err(Refusal::TooLong) } else { Ok(()) }
}
