//! Webhook delivery as it is stored: how far an app is, what waits for another attempt, what was tried.

use std::time::Duration;

use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::{AccountId, AppInstallationId, ConversationId, DeliveryId, EpochMillis};

use crate::LogPosition;

/// How far the deliveries to an app are. Every entry of the account up to `position` is confirmed or given up, except
/// those of the app's [`ParkedEvent`]s and what follows them in their conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryCursor {
    /// The account.
    pub account: AccountId,
    /// The app.
    pub app: AppInstallationId,
    /// Grows whenever the app begins anew at the end of the log: when it is created or enabled.
    pub generation: i64,
    /// The entry up to which everything is settled.
    pub position: LogPosition,
    /// What was given up since the last replay of an outage.
    pub lost: Option<LostRange>,
    /// What is being delivered once more.
    pub replayed: Option<ReplayMark>,
}

/// Entries that are delivered once more, and count as decided when that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayMark {
    /// The place before the first.
    pub after: LogPosition,
    /// The place of the last.
    pub until: LogPosition,
    /// When it was asked for.
    pub at: EpochMillis,
}

/// The first and the last entry that an app did not get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostRange {
    /// The first.
    pub first: LogPosition,
    /// The last.
    pub last: LogPosition,
}

impl LostRange {
    /// The range that also contains `position`.
    #[must_use]
    pub fn with(range: Option<Self>, position: LogPosition) -> Self {
        range.map_or(Self { first: position, last: position }, |range| Self {
            first: range.first.min(position),
            last: range.last.max(position),
        })
    }
}

/// An event that waits for another attempt, at or before the app's cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParkedEvent {
    /// The conversation.
    pub conversation: ConversationId,
    /// The version of the entry in it.
    pub version: u64,
    /// The place of the entry in the log, or one before it with no entry of the conversation in between.
    pub position: LogPosition,
    /// How often it was tried; 0 for a replay that has not begun.
    pub attempts: u32,
    /// When it was decided.
    pub at: EpochMillis,
    /// When it is tried next.
    pub due: EpochMillis,
    /// True when later events of the conversation do not wait for it.
    pub alone: bool,
}

/// What happened since the last time, written in one go.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryProgress {
    /// The account.
    pub account: AccountId,
    /// The app.
    pub app: AppInstallationId,
    /// The generation this belongs to; of another one nothing but the records is written.
    pub generation: i64,
    /// The new position.
    pub position: LogPosition,
    /// What is given up by now.
    pub lost: Option<LostRange>,
    /// What is being delivered once more.
    pub replayed: Option<ReplayMark>,
    /// Parked events to add or replace.
    pub parked: Vec<ParkedEvent>,
    /// Parked events that are settled: conversation, version, and whether it was [`ParkedEvent::alone`].
    pub settled: Vec<(ConversationId, u64, bool)>,
    /// New records, oldest first.
    pub records: Vec<DeliveryRecord>,
}

/// One attempt to deliver an event, or the decision not to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// Grows with time.
    pub id: DeliveryId,
    /// When the attempt began.
    pub at: EpochMillis,
    /// What kind of notification.
    pub event: WebhookEvent,
    /// The conversation.
    pub conversation: ConversationId,
    /// The version of the log entry; for a chat state, that of the entry it followed.
    pub version: u64,
    /// Where it went: the URL without its query string, which may be a credential.
    pub endpoint: String,
    /// 1 for the first attempt; 0 when none was made.
    pub attempt: u32,
    /// How it ended.
    pub outcome: DeliveryOutcome,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// From the beginning of the attempt to its end.
    pub duration: Duration,
    /// The first bytes of the answer's body, as text.
    pub answer: String,
    /// What went wrong, in words.
    pub error: Option<String>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryOutcome {
    /// 200 or 201 in time.
    Delivered,
    /// Failed; there will be another attempt.
    Failed,
    /// Failed; there will be none.
    Dropped,
    /// Too old for an attempt.
    Expired,
}

impl DeliveryOutcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Delivered, Self::Failed, Self::Dropped, Self::Expired];

    /// The word in metrics, store and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
            Self::Expired => "expired",
        }
    }

    /// The outcome of this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// Which records to list; every member that is there must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryFilter {
    /// Of this conversation.
    pub conversation: Option<ConversationId>,
    /// Of this kind.
    pub event: Option<WebhookEvent>,
    /// That ended so.
    pub outcome: Option<DeliveryOutcome>,
    /// Not before.
    pub since: Option<EpochMillis>,
    /// Before.
    pub until: Option<EpochMillis>,
}
