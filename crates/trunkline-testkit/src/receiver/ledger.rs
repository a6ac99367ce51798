//! What came in, what is to be done about it, and who waits for it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::{Behaviour, Received};

/// Longer than anything should take; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The memory of a receiver.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    state: Mutex<State>,
    changed: watch::Sender<()>,
    released: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    requests: Vec<Arc<Received>>,
    /// How many requests came in, those that were taken included.
    count: usize,
    /// The request to hand out next, among `requests`.
    next: usize,
    connections: usize,
    behaviour: Behaviour,
    by_path: HashMap<String, Behaviour>,
    once: VecDeque<Behaviour>,
}

/// What to do about a request.
pub(super) struct Instruction {
    pub(super) behaviour: Behaviour,
    /// Changes when held requests are to be answered.
    pub(super) released: watch::Receiver<()>,
}

impl Ledger {
    pub(super) fn behave(&self, behaviour: Behaviour) {
        self.lock().behaviour = behaviour;
    }

    pub(super) fn behave_at(&self, path: &str, behaviour: Behaviour) {
        self.lock().by_path.insert(path.to_owned(), behaviour);
    }

    pub(super) fn once(&self, behaviour: Behaviour) {
        self.lock().once.push_back(behaviour);
    }

    pub(super) fn release(&self) {
        self.released.send_replace(());
    }

    /// Notes a connection; its number, and what the receiver does at the moment.
    pub(super) fn connected(&self) -> (usize, Behaviour) {
        let mut state = self.lock();
        let number = state.connections;
        state.connections += 1;
        let behaviour = state.behaviour.clone();
        drop(state);
        self.changed.send_replace(());
        (number, behaviour)
    }

    /// Notes a request and says what to do about it.
    pub(super) fn received(&self, mut request: Received) -> Instruction {
        let mut state = self.lock();
        // Before anybody can see the request, so that a release after that is not missed.
        let released = self.released.subscribe();
        let once = state.once.pop_front();
        let behaviour = once.or_else(|| state.by_path.get(request.path()).cloned());
        let behaviour = behaviour.unwrap_or_else(|| state.behaviour.clone());
        request.number = state.count;
        state.count += 1;
        state.requests.push(Arc::new(request));
        drop(state);
        self.changed.send_replace(());
        Instruction { behaviour, released }
    }

    pub(super) async fn next(&self) -> Arc<Received> {
        self.until("another request", |state| {
            let request = state.requests.get(state.next).cloned()?;
            state.next += 1;
            Some(request)
        })
        .await
    }

    pub(super) async fn wait_for(&self, count: usize) -> Vec<Arc<Received>> {
        let what = format!("{count} requests");
        self.until(&what, |state| (state.count >= count).then(|| state.requests.clone())).await
    }

    pub(super) async fn wait_for_connections(&self, count: usize) {
        let what = format!("{count} connections");
        self.until(&what, |state| (state.connections >= count).then_some(())).await;
    }

    pub(super) fn requests(&self) -> Vec<Arc<Received>> {
        self.lock().requests.clone()
    }

    pub(super) fn take(&self) -> Vec<Arc<Received>> {
        let mut state = self.lock();
        state.next = 0;
        std::mem::take(&mut state.requests)
    }

    pub(super) fn count(&self) -> usize {
        self.lock().count
    }

    pub(super) fn connections(&self) -> usize {
        self.lock().connections
    }

    /// Waits until there is something to find, and fails the test with what there is instead.
    async fn until<T>(&self, what: &str, mut find: impl FnMut(&mut State) -> Option<T>) -> T {
        let mut changed = self.changed.subscribe();
        let waiting = async {
            loop {
                if let Some(found) = find(&mut self.lock()) {
                    return found;
                }
                changed.changed().await.expect("the ledger outlives those who wait for it");
            }
        };
        let found = tokio::time::timeout(PATIENCE, waiting).await;
        found.unwrap_or_else(|_| panic!("the receiver waited in vain for {what}; {}", self.lock().summary()))
    }

    /// The state is right even if a holder panicked.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn summary(&self) -> String {
        let last = self.requests.len().saturating_sub(10);
        let seen: Vec<_> = self.requests[last..]
            .iter()
            .map(|request| format!("#{} {} {}", request.number, request.method, request.target))
            .collect();
        let (connections, count) = (self.connections, self.count);
        format!("{connections} connections, {count} requests, the last ones: {seen:?}")
    }
}
