//! What the feeder has for one app: a bounded piece of the end of the log.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use trunkline_model::LogPosition;
use trunkline_model::conversation::TailEntry;
use trunkline_services::webhooks::ChatState;

/// The most things that wait for an app. What it does not take in time it reads from the store.
const CAPACITY: usize = 1024;

/// Something for an app.
#[derive(Debug, Clone)]
pub(crate) enum Feed {
    Entry(Arc<TailEntry>),
    Chat(Arc<ChatState>),
}

/// A piece of the end of the log: all entries of the app's account after `from`, and chat states between them.
#[derive(Debug)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    filled: Notify,
}

#[derive(Debug)]
struct State {
    feeds: VecDeque<Feed>,
    from: LogPosition,
}

impl Inbox {
    /// An inbox that gets everything after `from`.
    pub(crate) fn new(from: LogPosition) -> Self {
        let state = State { feeds: VecDeque::new(), from };
        Self { state: Mutex::new(state), filled: Notify::new() }
    }

    /// Adds something; an inbox that is full forgets its oldest, which the store has.
    pub(crate) fn push(&self, feed: Feed) {
        let mut state = self.lock();
        if state.feeds.len() >= CAPACITY
            && let Some(Feed::Entry(oldest)) = state.feeds.pop_front()
        {
            state.from = oldest.position;
        }
        state.feeds.push_back(feed);
    }

    /// Tells the app that something was added.
    pub(crate) fn wake(&self) {
        self.filled.notify_one();
    }

    /// Waits for [`Inbox::wake`].
    pub(crate) async fn woken(&self) {
        self.filled.notified().await;
    }

    /// The place after which nothing is missing here.
    pub(crate) fn from(&self) -> LogPosition {
        self.lock().from
    }

    /// Takes up to `limit` things, if nothing is missing between `after` and the first of them; else says where the inbox
    /// begins. The flag tells whether that was all there is.
    pub(crate) fn take(&self, after: LogPosition, limit: usize) -> Result<(Vec<Feed>, bool), LogPosition> {
        let mut state = self.lock();
        if state.from > after {
            return Err(state.from);
        }
        let count = state.feeds.len().min(limit);
        let feeds: Vec<Feed> = state.feeds.drain(..count).collect();
        if let Some(last) = feeds.iter().rev().find_map(|feed| match feed {
            Feed::Entry(entry) => Some(entry.position),
            Feed::Chat(_) => None,
        }) {
            state.from = last;
        }
        Ok((feeds, state.feeds.is_empty()))
    }

    /// Forgets what is there of everything up to `fed`, all of which was pushed: the store has it, as it is by now.
    pub(crate) fn forget(&self, fed: LogPosition) {
        let mut state = self.lock();
        state.feeds.retain(|feed| matches!(feed, Feed::Entry(entry) if entry.position > fed));
        state.from = state.from.max(fed);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is right even if a holder panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use trunkline_model::conversation::{EntryBody, LogEntry};
    use trunkline_wire::{AccountId, ConsumerId, ConversationId, EpochMillis};
    use uuid::Uuid;

    use super::*;

    fn entry(position: u64) -> Feed {
        let body = EntryBody::Changed { by: None, metadata: None };
        Feed::Entry(Arc::new(TailEntry {
            position: LogPosition(position),
            previous: LogPosition::START,
            account: AccountId::parse("10020030").unwrap(),
            conversation: ConversationId::from_uuid(Uuid::nil()),
            consumer: ConsumerId::from_bytes([7; 32]),
            entry: LogEntry { version: position, at: EpochMillis(0), body, state: None },
        }))
    }

    /// The place where an app that had failed goes on has to be read from the store.
    #[test]
    fn what_is_forgotten_is_read_from_the_store() {
        let inbox = Inbox::new(LogPosition(2));
        (3..=6).for_each(|position| inbox.push(entry(position)));
        inbox.forget(LogPosition(5));
        assert_eq!(inbox.take(LogPosition(2), 10).unwrap_err(), LogPosition(5));
        let (feeds, all) = inbox.take(LogPosition(5), 10).unwrap();
        let [Feed::Entry(left)] = feeds.as_slice() else { panic!("{feeds:?}") };
        assert_eq!((left.position, all), (LogPosition(6), true));
    }
}
