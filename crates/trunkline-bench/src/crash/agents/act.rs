//! What bots and consumers did, as far as they know.

/// Stands for the consumer of a conversation where an agent would be named.
pub(super) const CONSUMER: &str = "the consumer";

/// Something that was asked for and not refused.
#[derive(Debug)]
pub(super) struct Act {
    pub(super) conversation: String,
    /// An agent's id, as consumers see it, or [`CONSUMER`].
    pub(super) by: String,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    /// A change of the conversation; not acknowledged when the answer was cut off.
    Change { change: Change, is_acknowledged: bool },
    /// A text; without a sequence when the answer was cut off.
    Text { text: String, sequence: Option<u64> },
    /// A receipt.
    Receipt { sequence: Option<u64> },
}

/// How a conversation can change in this traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    /// The consumer opened it.
    Open,
    /// An agent accepted its ring.
    Accept,
    /// The agent gave it back.
    Leave,
    /// Either side closed it.
    Close,
}
