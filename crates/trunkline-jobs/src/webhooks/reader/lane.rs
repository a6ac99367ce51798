//! One conversation of one app: what is to be sent next, and what stands in the way.

use std::collections::VecDeque;
use std::sync::Arc;

use trunkline_model::LogPosition;
use trunkline_model::conversation::TailEntry;
use trunkline_services::webhooks::ChatState;
use trunkline_wire::{ConversationId, EpochMillis};

/// The most items a lane keeps; what comes later is read from the store again when it is its turn. A busy conversation
/// must not take the whole window of its app.
pub(super) const LANE_ITEMS: usize = 16;

/// The next version of a lane that has met no entry yet.
pub(super) const UNKNOWN: u64 = 0;

/// Which lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LaneKey {
    /// The conversation.
    pub(crate) conversation: ConversationId,
    /// A lane of this event only, beside that of the conversation: nothing waits for it.
    pub(crate) alone: Option<u64>,
}

impl LaneKey {
    /// The lane of a conversation.
    pub(crate) fn of(conversation: ConversationId) -> Self {
        Self { conversation, alone: None }
    }
}

/// Something to deliver.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    /// An entry of the log.
    Entry(Arc<TailEntry>),
    /// A chat state, which is in no log.
    Chat(Arc<ChatState>),
}

impl Item {
    /// When it was decided.
    pub(crate) fn at(&self) -> EpochMillis {
        match self {
            Self::Entry(entry) => entry.entry.at,
            Self::Chat(state) => state.at,
        }
    }

    /// The version of the entry, or of the entry that the chat state follows.
    pub(crate) fn version(&self) -> u64 {
        match self {
            Self::Entry(entry) => entry.entry.version,
            Self::Chat(state) => state.after,
        }
    }

    /// The place in the log.
    pub(crate) fn position(&self) -> Option<LogPosition> {
        match self {
            Self::Entry(entry) => Some(entry.position),
            Self::Chat(_) => None,
        }
    }
}

/// A lane. Its entries are delivered in order, one at a time; the first one is settled before the second is tried.
#[derive(Debug)]
pub(super) struct Lane {
    /// What comes next, in order.
    pub(super) queue: VecDeque<Item>,
    /// Every entry of an earlier version is settled; [`UNKNOWN`] while there are only chat states.
    pub(super) next: u64,
    /// Every entry up to this place is settled, or not this lane's.
    pub(super) floor: LogPosition,
    /// Entries from this version on are not this lane's.
    pub(super) end: Option<u64>,
    /// There may be more in the store after the queue.
    pub(super) spilled: bool,
    /// Something was left to the store while it was being read.
    pub(super) missed: bool,
    /// What it is doing.
    pub(super) activity: Activity,
    /// How often the first entry was tried.
    pub(super) attempts: u32,
    /// When the first entry was decided, as far as known.
    pub(super) since: Option<EpochMillis>,
    /// Its place is kept in the store, so the app's position may be beyond it.
    pub(super) noted: bool,
}

/// What a lane is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Activity {
    /// Nothing: about to be looked at.
    Idle,
    /// Waiting to be sent.
    Ready,
    /// Waiting for entries from the store, asked for under this number.
    Loading(u64),
    /// A request is under way.
    InFlight,
    /// Waiting for another attempt.
    Parked(Parked),
}

/// A failed event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parked {
    /// When it is tried again; `None`: when the app has recovered.
    pub(super) due: Option<EpochMillis>,
    /// The endpoint that failed.
    pub(super) endpoint: Arc<str>,
}

impl Lane {
    /// A lane whose entries up to `floor` and before version `next` are settled.
    pub(super) fn new(next: u64, floor: LogPosition) -> Self {
        Self {
            queue: VecDeque::new(),
            next,
            floor,
            end: None,
            spilled: false,
            missed: false,
            activity: Activity::Idle,
            attempts: 0,
            since: None,
            noted: false,
        }
    }

    /// Up to here everything of this lane is settled; `None` when nothing of the log is left to it.
    pub(super) fn settled_to(&self) -> Option<LogPosition> {
        match self.queue.iter().find_map(Item::position) {
            Some(first) => Some(LogPosition(first.0.saturating_sub(1))),
            None => self.spilled.then_some(self.floor),
        }
    }

    /// Whether an entry of this version has its place in the queue or before it.
    pub(super) fn has(&self, version: u64) -> bool {
        version < self.next
            || self
                .queue
                .iter()
                .rev()
                .find(|item| item.position().is_some())
                .is_some_and(|last| version <= last.version())
    }

    /// Whether an entry that comes now belongs at the end of the queue; otherwise it is left to the store.
    pub(super) fn takes(&self) -> bool {
        !self.spilled
            && self.queue.len() < LANE_ITEMS
            && !matches!(self.activity, Activity::Loading(_) | Activity::Parked(_))
    }

    /// Leaves everything to the store; returns how many items that were.
    pub(super) fn spill(&mut self) -> usize {
        self.spilled = true;
        let count = self.queue.len();
        self.queue.clear();
        count
    }

    /// Leaves everything to the store but what is being sent; returns how many items that were. Chat states are in no store:
    /// they are dropped.
    pub(super) fn spill_waiting(&mut self) -> usize {
        let kept = usize::from(self.activity == Activity::InFlight).min(self.queue.len());
        self.floor = self.settled_to().unwrap_or(self.floor);
        self.spilled |= self.queue.iter().skip(kept).any(|item| item.position().is_some());
        let count = self.queue.len() - kept;
        self.queue.truncate(kept);
        count
    }
}
