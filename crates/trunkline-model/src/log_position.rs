//! Places in the log of all conversations.

/// The place of an entry in the order in which the store made entries durable; 0 is before the first. A reader that has
/// seen everything up to a position never misses an earlier entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LogPosition(pub u64);

impl LogPosition {
    /// Before the first entry.
    pub const START: Self = Self(0);
}
