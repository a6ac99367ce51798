//! Where services and the delivery of webhooks meet.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use tokio::sync::{Notify, broadcast, mpsc, oneshot, watch};
use trunkline_model::conversation::MessageEvent;
use trunkline_model::{DeliveryRecord, LogPosition};
use trunkline_wire::{AccountId, AppInstallationId, ConversationId, EpochMillis};

use super::AppStatus;
use super::erased::Erased;

/// The most chat states that wait to be passed on; more push out the oldest, which would be stale soonest.
const CHAT_STATES: usize = 4096;

/// A chat state on its way: it is never stored, and nobody who is not listening now will hear of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatState {
    /// The account.
    pub account: AccountId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The version of the entry it follows.
    pub after: u64,
    /// When it was published.
    pub at: EpochMillis,
    /// The event; its sequence means nothing.
    pub event: MessageEvent,
}

/// Chat states on their way to those who pass them on.
#[derive(Debug, Default)]
pub struct ChatStates {
    states: Mutex<VecDeque<ChatState>>,
    came: Notify,
}

impl ChatStates {
    fn push(&self, state: ChatState) {
        let mut states = lock(&self.states);
        if states.len() >= CHAT_STATES {
            states.pop_front();
        }
        states.push_back(state);
        drop(states);
        self.came.notify_one();
    }

    /// Waits until there are some.
    pub async fn wait(&self) {
        while lock(&self.states).is_empty() {
            self.came.notified().await;
        }
    }

    /// Takes those that came in.
    pub fn take(&self) -> VecDeque<ChatState> {
        std::mem::take(&mut *lock(&self.states))
    }
}

/// What to deliver once more. Events of a conversation keep their order and later ones wait for them, but for a single
/// event, which is delivered beside its conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// One event.
    Event {
        /// Its conversation.
        conversation: ConversationId,
        /// Its version.
        version: u64,
    },
    /// A conversation from a version on.
    Conversation {
        /// The conversation.
        conversation: ConversationId,
        /// The first version.
        from: u64,
    },
    /// Everything after a place in the log.
    After(LogPosition),
    /// Everything since the first event that was given up.
    Outage,
}

/// Why a replay was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// There is no such event or conversation.
    #[error("there is nothing of that kind to deliver again")]
    Unknown,
    /// Nothing was given up.
    #[error("no delivery was given up since the last replay")]
    NothingLost,
    /// Too many replays wait.
    #[error("too many replays are under way: wait until they are done")]
    Busy,
    /// The store cannot note the replay.
    #[error("the store cannot note the replay")]
    Store,
}

/// What a delivering app can be asked for.
#[derive(Debug)]
pub enum AppCommand {
    /// "We are back": try failed endpoints now instead of at the next probe.
    Resume {
        /// Answered when the probes are on their way.
        done: oneshot::Sender<()>,
    },
    /// Deliver something once more.
    Replay {
        /// What.
        replay: Replay,
        /// Answered when the replay is durable; how many events that are, if known.
        done: oneshot::Sender<Result<(), ReplayError>>,
    },
    /// Write what is known to the store: records included.
    Flush {
        /// Answered when it is written.
        done: oneshot::Sender<()>,
    },
}

/// The way to a delivering app.
#[derive(Debug, Clone)]
pub struct AppHandle {
    /// Its commands; bounded.
    pub commands: mpsc::Sender<AppCommand>,
    /// Its state.
    pub status: watch::Receiver<AppStatus>,
    /// Its records as they happen.
    pub records: broadcast::Sender<Arc<DeliveryRecord>>,
}

/// Where services and the delivery of webhooks meet. Nothing here is durable, and nothing durable depends on it: delivery
/// also looks at the store by itself.
#[derive(Default)]
pub struct Hub {
    changed: Mutex<HashSet<(AccountId, AppInstallationId)>>,
    apps_changed: Notify,
    chat_states: ChatStates,
    for_agents: OnceLock<Arc<ChatStates>>,
    for_consumers: OnceLock<Arc<ChatStates>>,
    apps: Mutex<HashMap<AppInstallationId, AppHandle>>,
    erased: RwLock<Erased>,
}

impl Hub {
    /// Tells that an app was created, changed, enabled, disabled or deleted.
    pub fn app_changed(&self, account: &AccountId, app: AppInstallationId) {
        lock(&self.changed).insert((account.clone(), app));
        self.apps_changed.notify_one();
    }

    /// Waits until apps changed and takes them.
    pub async fn changed_apps(&self) -> HashSet<(AccountId, AppInstallationId)> {
        loop {
            let changed = std::mem::take(&mut *lock(&self.changed));
            if !changed.is_empty() {
                return changed;
            }
            self.apps_changed.notified().await;
        }
    }

    /// Passes a chat state on.
    pub fn chat_state(&self, state: ChatState) {
        for sockets in [&self.for_agents, &self.for_consumers].into_iter().filter_map(OnceLock::get) {
            sockets.push(state.clone());
        }
        self.chat_states.push(state);
    }

    /// The chat states for agents' sockets; they are kept from the first call on.
    pub fn chat_states_for_agents(&self) -> Arc<ChatStates> {
        Arc::clone(self.for_agents.get_or_init(Arc::default))
    }

    /// The chat states for consumers' sockets; they are kept from the first call on.
    pub fn chat_states_for_consumers(&self) -> Arc<ChatStates> {
        Arc::clone(self.for_consumers.get_or_init(Arc::default))
    }

    /// Waits until a chat state for webhooks came in.
    pub async fn chat_state_waits(&self) {
        self.chat_states.wait().await;
    }

    /// Takes the chat states for webhooks that came in.
    pub fn take_chat_states(&self) -> VecDeque<ChatState> {
        self.chat_states.take()
    }

    /// Makes a delivering app reachable.
    pub fn register(&self, app: AppInstallationId, handle: AppHandle) {
        lock(&self.apps).insert(app, handle);
    }

    /// Takes an app off, unless somebody else registered it since.
    pub fn unregister(&self, app: AppInstallationId, handle: &AppHandle) {
        let mut apps = lock(&self.apps);
        if apps.get(&app).is_some_and(|known| known.commands.same_channel(&handle.commands)) {
            apps.remove(&app);
        }
    }

    /// Tells that a consumer's conversation was erased: what is in memory of it must not be sent as it was.
    pub fn conversation_erased(&self, conversation: ConversationId) {
        self.erased.write().unwrap_or_else(PoisonError::into_inner).add(conversation);
    }

    /// Whether a conversation was erased lately.
    pub fn is_erased(&self, conversation: ConversationId) -> bool {
        self.erased.read().unwrap_or_else(PoisonError::into_inner).has(conversation)
    }

    /// The way to a delivering app.
    pub fn app(&self, app: AppInstallationId) -> Option<AppHandle> {
        lock(&self.apps).get(&app).cloned()
    }
}

/// The collections are right even if a holder panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("apps", &lock(&self.apps).len()).finish_non_exhaustive()
    }
}
