//! Reads the end of the log once and hands its entries to the apps of their accounts.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use trunkline_model::LogPosition;
use trunkline_model::conversation::TailEntry;
use trunkline_services::webhooks::ChatState;
use trunkline_wire::{AccountId, AppInstallationId};

use super::inbox::{Feed, Inbox};
use super::worker::Shared;

/// The most entries handed out in one go.
const BATCH: usize = 512;

/// How long a failed read of the log keeps the next one waiting.
const AFTER_FAILURE: Duration = Duration::from_millis(200);

/// The inboxes of each account's apps.
type Inboxes = HashMap<AccountId, Vec<(AppInstallationId, Arc<Inbox>)>>;

/// The apps that are fed, by account, and how far the feeder is.
#[derive(Debug)]
pub(crate) struct Routes {
    inboxes: RwLock<Inboxes>,
    /// Every entry up to here is in the inboxes it belongs to. Moved only under the read lock of `inboxes`.
    fed: AtomicU64,
}

impl Routes {
    /// Nobody is fed yet; the feeder begins after `position`.
    pub(crate) fn new(position: LogPosition) -> Self {
        Self { inboxes: RwLock::default(), fed: AtomicU64::new(position.0) }
    }

    /// Feeds an app from here on.
    pub(crate) fn add(&self, account: &AccountId, app: AppInstallationId) -> Arc<Inbox> {
        // While this is held no batch is being handed out, so none can be missing between `fed` and the inbox.
        let mut inboxes = self.write();
        let inbox = Arc::new(Inbox::new(self.fed()));
        let of_account = inboxes.entry(account.clone()).or_default();
        of_account.retain(|(known, _)| *known != app);
        of_account.push((app, Arc::clone(&inbox)));
        inbox
    }

    /// Feeds an app no longer, unless it was added again.
    pub(crate) fn remove(&self, account: &AccountId, inbox: &Arc<Inbox>) {
        let mut inboxes = self.write();
        if let Some(of_account) = inboxes.get_mut(account) {
            of_account.retain(|(_, known)| !Arc::ptr_eq(known, inbox));
            if of_account.is_empty() {
                inboxes.remove(account);
            }
        }
    }

    /// Every entry up to here is in the inboxes it belongs to.
    pub(crate) fn fed(&self) -> LogPosition {
        LogPosition(self.fed.load(Ordering::Acquire))
    }

    /// Hands out entries in order, each chat state after the entry it follows. Chat states that follow an entry beyond
    /// these stay in `waiting`.
    fn hand_out(&self, entries: &[Arc<TailEntry>], waiting: &mut VecDeque<Waiting>) {
        let inboxes = self.read();
        let mut touched: Vec<&Arc<Inbox>> = Vec::new();
        for entry in entries {
            let Some(of_account) = inboxes.get(&entry.account) else { continue };
            if !waiting.is_empty() {
                let before = |waiting: &Waiting| {
                    waiting.state.conversation == entry.conversation
                        && waiting.state.after < entry.entry.version
                };
                for state in take(waiting, before) {
                    give(of_account, &Feed::Chat(state), &mut touched);
                }
            }
            give(of_account, &Feed::Entry(Arc::clone(entry)), &mut touched);
        }
        if let Some(last) = entries.last() {
            self.fed.store(last.position.0, Ordering::Release);
        }
        let fed = self.fed();
        for state in take(waiting, |waiting| waiting.not_before <= fed) {
            if let Some(of_account) = inboxes.get(&state.account) {
                give(of_account, &Feed::Chat(state), &mut touched);
            }
        }
        for inbox in touched {
            inbox.wake();
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Inboxes> {
        self.inboxes.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inboxes> {
        self.inboxes.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A chat state on its way to the inboxes.
struct Waiting {
    state: Arc<ChatState>,
    /// Where the log ended when it came in: the entry it follows is not beyond.
    not_before: LogPosition,
}

/// Takes those out that `ready` says, in order.
fn take(waiting: &mut VecDeque<Waiting>, ready: impl Fn(&Waiting) -> bool) -> Vec<Arc<ChatState>> {
    let mut taken = Vec::new();
    waiting.retain(|waiting| {
        let is_ready = ready(waiting);
        if is_ready {
            taken.push(Arc::clone(&waiting.state));
        }
        !is_ready
    });
    taken
}

fn give<'i>(
    of_account: &'i [(AppInstallationId, Arc<Inbox>)],
    feed: &Feed,
    touched: &mut Vec<&'i Arc<Inbox>>,
) {
    for (_, inbox) in of_account {
        inbox.push(feed.clone());
        if !touched.iter().any(|known| Arc::ptr_eq(known, inbox)) {
            touched.push(inbox);
        }
    }
}

/// Feeds until `stop`.
pub(crate) async fn run(
    shared: Arc<Shared>,
    mut tail: watch::Receiver<LogPosition>,
    stop: CancellationToken,
) {
    let Shared { storage, hub, routes, .. } = &*shared;
    let mut waiting = VecDeque::new();
    loop {
        let mut entries = Vec::new();
        if *tail.borrow_and_update() > routes.fed() {
            match storage.tail_after(routes.fed(), BATCH).await {
                Ok(read) => entries = read,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "cannot read the end of the log"
                    );
                    if stop.run_until_cancelled(tokio::time::sleep(AFTER_FAILURE)).await.is_none() {
                        return;
                    }
                    continue;
                }
            }
        }
        // After reading: whatever was published before an entry of this batch is among these.
        let chat_states = hub.take_chat_states();
        let not_before = *tail.borrow();
        waiting.extend(chat_states.into_iter().map(|state| Waiting { state: Arc::new(state), not_before }));
        if !entries.is_empty() || !waiting.is_empty() {
            routes.hand_out(&entries, &mut waiting);
            if stop.is_cancelled() {
                return;
            }
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.chat_state_waits() => {}
            changed = tail.changed() => {
                if changed.is_err() {
                    // The store is gone; so is everything there was to deliver from.
                    return;
                }
            }
        }
    }
}
