//! Words of the agent side.

use serde::{Deserialize, Serialize};

use crate::conversations::words;

words! {
    /// How far an agent is ready for work. Existing assignments stay whatever it is. Source: spec 21 §7.1.
    Availability {
        /// Is offered new conversations and transfers.
        Online = "ONLINE",
        /// Is offered transfers only.
        Occupied = "OCCUPIED",
        /// Is offered transfers only.
        BackSoon = "BACK_SOON",
        /// Is offered nothing.
        Away = "AWAY",
        /// Is offered nothing.
        Offline = "OFFLINE",
    }
}

words! {
    /// How far the offer of a conversation to one agent has come. Source: spec 22 §2.
    RingState {
        /// The agent has not answered yet.
        Waiting = "WAITING",
        /// The agent took the conversation.
        Accepted = "ACCEPTED",
        /// The agent declined.
        Rejected = "REJECTED",
        /// The time to answer is over.
        Expired = "EXPIRED",
        /// Taken by somebody else, closed, or the agent is no longer ready.
        Cancelled = "CANCELLED",
        /// Assigned without asking; not used by this platform.
        AutoAccept = "AUTO_ACCEPT",
    }
}

words! {
    /// What a change is to a subscription: relative to its filter, not to the thing that changed. Source: spec 22 §1.3.
    ChangeKind {
        /// Matches the filter after the change.
        Upsert = "UPSERT",
        /// Matched before the change and no longer does.
        Delete = "DELETE",
    }
}

words! {
    /// Why answers are late. Source: spec 21 §7.4 `DelayField`.
    DelayKind {
        /// Out of hours.
        Night = "NIGHT",
        /// Weekend.
        Weekend = "WEEKEND",
        /// Holiday.
        Holiday = "HOLIDAY",
    }
}

/// Why answers are late, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    /// Why.
    #[serde(rename = "type")]
    pub kind: DelayKind,
    /// Until when, milliseconds since 1970; −1 and 0 mean there is no delay. Source: spec 22 §1.1.
    #[serde(rename = "tillWhen")]
    pub until: crate::EpochMillis,
}

impl Availability {
    /// True if the agent may be offered a conversation that nobody proposed to him.
    pub const fn takes_new(self) -> bool {
        matches!(self, Self::Online)
    }

    /// True if the agent may be offered a conversation that somebody wants to hand over to him.
    pub const fn takes_transfers(self) -> bool {
        matches!(self, Self::Online | Self::Occupied | Self::BackSoon)
    }
}
