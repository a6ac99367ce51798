//! Connections that wait for their next request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::connection::Connection;
use super::endpoint::Origin;

/// Unused connections by origin, bounded per origin and in all. The one used last is used next, so that those that are not
/// needed grow old and are closed.
pub(super) struct Pool {
    idle: Mutex<Idle>,
    per_origin: usize,
    in_all: usize,
    timeout: Duration,
}

#[derive(Default)]
struct Idle {
    /// Oldest first; no list is empty.
    origins: HashMap<Arc<Origin>, Vec<Waiting>>,
    count: usize,
}

struct Waiting {
    connection: Connection,
    since: Instant,
}

impl Pool {
    pub(super) fn new(per_origin: usize, in_all: usize, timeout: Duration) -> Self {
        Self { idle: Mutex::default(), per_origin, in_all, timeout }
    }

    /// Takes a connection out that can be used at once.
    pub(super) async fn take(&self, origin: &Origin) -> Option<Connection> {
        loop {
            let mut connection = self.youngest(origin)?;
            if connection.is_usable().await {
                return Some(connection);
            }
        }
    }

    fn youngest(&self, origin: &Origin) -> Option<Connection> {
        let mut idle = self.lock();
        let list = idle.origins.get_mut(origin)?;
        let youngest = list.pop()?;
        let (is_fresh, is_last) = (youngest.since.elapsed() < self.timeout, list.is_empty());
        if is_last {
            idle.origins.remove(origin);
        }
        idle.count -= 1;
        drop(idle);
        // The others are older still; they are closed by the next look for such.
        is_fresh.then_some(youngest.connection)
    }

    /// Keeps a connection that is ready for another request. Where there are too many, the oldest goes.
    pub(super) fn put(&self, origin: &Arc<Origin>, connection: Connection) {
        let mut idle = self.lock();
        let list = idle.origins.entry(Arc::clone(origin)).or_default();
        list.push(Waiting { connection, since: Instant::now() });
        // Closed when the lock is released.
        let surplus = (list.len() > self.per_origin).then(|| list.remove(0));
        if surplus.is_none() {
            idle.count += 1;
        }
        let oldest = (idle.count > self.in_all).then(|| idle.remove_oldest());
        drop(idle);
        drop((surplus, oldest));
    }

    /// Closes the connections that were not used for the time-out.
    pub(super) fn close_expired(&self) {
        let mut expired = Vec::new();
        let mut idle = self.lock();
        idle.origins.retain(|_, list| {
            let count = list.partition_point(|waiting| waiting.since.elapsed() >= self.timeout);
            expired.extend(list.drain(..count));
            !list.is_empty()
        });
        idle.count -= expired.len();
        drop(idle);
    }

    /// How many connections wait.
    pub(super) fn len(&self) -> usize {
        self.lock().count
    }

    /// The lists are right even if a holder panicked.
    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Idle {
    fn remove_oldest(&mut self) -> Option<Waiting> {
        let oldest = self.origins.iter().min_by_key(|(_, list)| list.first().map(|waiting| waiting.since));
        let origin = Arc::clone(oldest?.0);
        let list = self.origins.get_mut(&origin)?;
        let waiting = list.remove(0);
        if list.is_empty() {
            self.origins.remove(&origin);
        }
        self.count -= 1;
        Some(waiting)
    }
}
