//! What is kept of an open conversation: enough to know whom to tell, and what its messages changed since its state was stored
//! last. An account may have a hundred thousand of them, so what few have is boxed, and what routing keeps is left to it.

use trunkline_model::LogPosition;
use trunkline_model::conversation::{AnswerClock, Conversation, MessageEvent, Participant, TailEntry, Ttr};
use trunkline_wire::conversations::{ParticipantState, TtrType};
use trunkline_wire::{AgentId, ConsumerId, ConversationId, DialogId, EpochMillis, ParticipantId};

/// An open conversation.
#[derive(Debug, Clone)]
pub(super) struct Brief {
    pub(super) consumer: ConsumerId,
    /// The version of its last entry.
    pub(super) version: u64,
    /// What of it is open.
    pub(super) open: Open,
    /// Whether it is offered to nobody before the consumer's first message.
    pub(super) is_silent: bool,
    /// True once the deadline of the answer that is due has passed, and was told to have.
    pub(super) is_overdue: bool,
    /// When it last changed.
    pub(super) updated_at: EpochMillis,
    /// When the brand owes its next answer.
    pub(super) answer_due: Moment,
    /// The version of the last change that was met in the log, and told. A stored state that is older is outdated.
    pub(super) changed: u64,
    /// Where its state is stored: only messages followed.
    pub(super) state_at: LogPosition,
    ttr_kind: TtrType,
    ttr_seconds: u32,
    event_at: Moment,
    /// `None` while nobody is there.
    team: Option<Box<Team>>,
}

/// What of a conversation is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    /// The main dialog.
    Main,
    /// Only what follows it, a survey.
    Rest,
    /// Nothing.
    Nothing,
}

/// A time that there may not be, without the room that an `Option` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(i64);

/// Who takes part, on the brand's side.
#[derive(Debug, Clone)]
struct Team {
    agents: Box<[AgentId]>,
    /// Who takes part in which dialog; empty for the usual one dialog in which everybody takes part.
    dialogs: Box<[(DialogId, Box<[AgentId]>)]>,
}

impl Brief {
    /// A conversation whose state is stored there.
    pub(super) fn of(state: &Conversation, state_at: LogPosition) -> Self {
        Self {
            consumer: state.consumer,
            version: state.version,
            open: Open::of(state),
            is_silent: state.is_silent,
            is_overdue: false,
            updated_at: state.updated_at,
            answer_due: state.answer_due.into(),
            changed: 0,
            state_at,
            ttr_kind: state.ttr.kind,
            ttr_seconds: state.ttr.seconds,
            event_at: state.event_at.into(),
            team: Team::of(state).map(Box::new),
        }
    }

    /// Takes a published event into account, except for when an answer is due.
    pub(super) fn count(&mut self, entry: &TailEntry, event: &MessageEvent) {
        self.version = entry.entry.version;
        self.is_silent &= !event.is_word_of_consumer();
        let at = self.event_at.get().map_or(entry.entry.at, |last| last.max(entry.entry.at));
        self.event_at = Some(at).into();
        if entry.entry.state.is_some() {
            self.state_at = entry.position;
        }
    }

    /// When an answer is due after an event of this conversation.
    pub(super) fn due_after(
        &self,
        conversation: ConversationId,
        event: &MessageEvent,
        at: EpochMillis,
    ) -> Option<EpochMillis> {
        let ttr = Ttr { kind: self.ttr_kind, seconds: self.ttr_seconds };
        AnswerClock { conversation, ttr, due: self.answer_due.get() }.after(event, at)
    }

    /// The deadline that has not passed yet.
    pub(super) fn deadline(&self) -> Option<EpochMillis> {
        self.answer_due.get().filter(|_| !self.is_overdue)
    }

    /// Brings a stored state up to the present.
    pub(super) fn bring_up(&self, state: &mut Conversation) {
        state.version = self.version;
        state.answer_due = self.answer_due.get();
        state.is_silent = self.is_silent;
        state.event_at = self.event_at.get();
    }

    /// Who takes part, on the brand's side.
    pub(super) fn agents(&self) -> &[AgentId] {
        self.team.as_ref().map_or(&[], |team| &team.agents)
    }

    /// Who takes part in a dialog of this conversation, on the brand's side.
    pub(super) fn agents_in(&self, conversation: ConversationId, dialog: DialogId) -> &[AgentId] {
        let Some(team) = &self.team else { return &[] };
        if team.dialogs.is_empty() {
            return if dialog == DialogId::Main(conversation) { &team.agents } else { &[] };
        }
        let known = team.dialogs.iter().find(|(id, _)| *id == dialog);
        known.map_or(&[], |(_, agents)| agents)
    }
}

impl Open {
    fn of(state: &Conversation) -> Self {
        match (state.is_open(), state.main().is_open()) {
            (_, true) => Self::Main,
            (true, false) => Self::Rest,
            (false, false) => Self::Nothing,
        }
    }

    /// True until the whole conversation is closed.
    pub(super) fn any(self) -> bool {
        self != Self::Nothing
    }

    /// Whether the main dialog is open.
    pub(super) fn main(self) -> bool {
        self == Self::Main
    }
}

impl Moment {
    /// Never a time: the contract's times begin in 1970.
    const NONE: i64 = i64::MIN;

    /// The time.
    pub(super) fn get(self) -> Option<EpochMillis> {
        (self.0 != Self::NONE).then_some(EpochMillis(self.0))
    }
}

impl From<Option<EpochMillis>> for Moment {
    fn from(time: Option<EpochMillis>) -> Self {
        Self(time.map_or(Self::NONE, |time| time.0))
    }
}

impl Team {
    fn of(state: &Conversation) -> Option<Self> {
        let agents = active(&state.participants);
        let in_dialogs = state.dialogs.iter().map(|dialog| (dialog.id, active(&dialog.participants)));
        let in_dialogs: Box<[_]> = in_dialogs.collect();
        if agents.is_empty() && in_dialogs.iter().all(|(_, agents)| agents.is_empty()) {
            return None;
        }
        let is_usual = matches!(&in_dialogs[..], [(_, of_main)] if *of_main == agents);
        let dialogs = if is_usual { Box::default() } else { in_dialogs };
        Some(Self { agents, dialogs })
    }
}

/// Each agent once, whatever roles he has; those who were only proposed take no part.
fn active(participants: &[Participant]) -> Box<[AgentId]> {
    let mut agents: Vec<AgentId> = participants
        .iter()
        .filter(|participant| participant.state == ParticipantState::Active)
        .filter_map(|participant| match participant.id {
            ParticipantId::Agent(agent) => Some(agent),
            ParticipantId::Consumer(_) => None,
        })
        .collect();
    agents.sort_unstable();
    agents.dedup();
    agents.into()
}
