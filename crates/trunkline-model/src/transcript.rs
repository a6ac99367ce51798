//! What happened in a conversation, read off its log: what its history shows.
//!
//! Pure: the same entries yield the same transcript, whoever reads them and whenever. Messages and receipts are the events
//! of the log in their order; everything about participants, skills and the note is the difference between the states that
//! its other entries carry.

mod changes;
mod presence;
mod receipt;
mod survey;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::{AgentId, EpochMillis, JsonText, ParticipantId};

use crate::conversation::{Conversation, EntryBody, LogEntry, MessageEvent};

pub use changes::{Assignment, SkillChange, Transfer, TransferReason};
pub use presence::Presence;
pub use receipt::Receipt;
pub use survey::{HeldSurvey, SurveyAnswer};

/// What happened in a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// The state after the last entry.
    pub state: Arc<Conversation>,
    /// Who opened it; `None` when its log was not read.
    pub opened_by: Option<ParticipantId>,
    /// Texts, files and structured content, in the order in which they were published. Those for the brand's side only are
    /// among them: what a reader may see is for the caller to decide.
    pub messages: Vec<Message>,
    /// Receipts, in the order in which they were published.
    pub receipts: Vec<Receipt>,
    /// Users who joined a dialog, those who were in it from its start included.
    pub joined: Vec<Presence>,
    /// Users who left a dialog while it was open.
    pub left: Vec<Presence>,
    /// Users who became the one who answers.
    pub assignments: Vec<Assignment>,
    /// How the conversation went from an agent or a skill to another.
    pub transfers: Vec<Transfer>,
    /// How its skill changed.
    pub skill_changes: Vec<SkillChange>,
    /// When its note last changed.
    pub noted_at: Option<EpochMillis>,
    /// The survey that followed.
    pub survey: Option<HeldSurvey>,
}

/// A message with the time at which it was published.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// When.
    pub at: EpochMillis,
    /// The message: [`EventKind::Content`] or [`EventKind::RichContent`].
    pub event: MessageEvent,
}

impl Transcript {
    /// The transcript of a conversation's log from its first entry on. `None` without entries, or when the first one is
    /// not that of an opening.
    pub fn of(entries: impl IntoIterator<Item = LogEntry>) -> Option<Self> {
        let mut entries = entries.into_iter();
        let mut transcript = Self::begin(entries.next()?)?;
        for entry in entries {
            transcript.add(entry);
        }
        Some(transcript)
    }

    /// The transcript after the entry that opened the conversation; `None` for any other entry.
    pub fn begin(opening: LogEntry) -> Option<Self> {
        let EntryBody::Changed { by, metadata } = opening.body else { return None };
        let mut transcript = Self { opened_by: by, ..Self::of_state(opening.state?) };
        let state = Arc::clone(&transcript.state);
        transcript.compare(None, &state, opening.at, None, metadata.as_ref());
        Some(transcript)
    }

    /// A transcript that knows nothing but the present state: that of a log nobody has read.
    pub fn of_state(state: Arc<Conversation>) -> Self {
        Self {
            state,
            opened_by: None,
            messages: Vec::new(),
            receipts: Vec::new(),
            joined: Vec::new(),
            left: Vec::new(),
            assignments: Vec::new(),
            transfers: Vec::new(),
            skill_changes: Vec::new(),
            noted_at: None,
            survey: None,
        }
    }

    /// Takes the next entry of the log into account.
    pub fn add(&mut self, entry: LogEntry) {
        if let EntryBody::Event(event) = &entry.body {
            self.note_answer(event);
        }
        // An entry without a state is an event: nothing is compared then, and the state is changed where it is.
        let before = entry.state.clone().map(|state| std::mem::replace(&mut self.state, state));
        if before.is_none() {
            Arc::make_mut(&mut self.state).apply(&entry);
        }
        self.follow_survey();
        match entry.body {
            EntryBody::Event(event) => match event.kind {
                EventKind::Content | EventKind::RichContent => {
                    self.messages.push(Message { at: entry.at, event });
                }
                EventKind::AcceptStatus => self.receipts.extend(Receipt::of(entry.at, event)),
                // Never stored.
                EventKind::ChatState => {}
            },
            EntryBody::Changed { by, metadata } => {
                let state = Arc::clone(&self.state);
                self.compare(before.as_deref(), &state, entry.at, by, metadata.as_ref());
            }
        }
    }

    /// Whether a user takes or took part, in whatever role. A mere proposal is no part.
    pub fn took_part(&self, user: AgentId) -> bool {
        self.joined.iter().any(|presence| presence.user == user)
    }

    /// Those of [`Self::joined`] who still take part.
    pub fn present(&self) -> impl Iterator<Item = &Presence> {
        // Somebody may join, leave and join again: of equal ones the last who joined is the one who is there.
        let mut seen = HashSet::new();
        let is_last = |presence: &&Presence| seen.insert((presence.dialog, presence.user, presence.role));
        let mut present: Vec<_> = self.joined.iter().rev().filter(is_last).collect();
        present.retain(|presence| presence.is_in(&self.state));
        present.into_iter().rev()
    }

    /// The user who answered last in any dialog: the one who does now, or who was the last to.
    pub fn latest_agent(&self) -> Option<AgentId> {
        self.state.assigned_agent().or_else(|| self.assignments.last().map(|last| last.user))
    }
}

/// What a change says beside the states: when it was, and with what it came.
#[derive(Debug, Clone, Copy)]
struct Circumstances<'a> {
    at: EpochMillis,
    metadata: Option<&'a JsonText>,
}
