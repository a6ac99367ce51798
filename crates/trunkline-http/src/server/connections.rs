//! The open connections: how many there may be, and how all of them are asked to close.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Limits;
use super::watch::Watch;

/// Every open connection of a server, upgraded ones included.
pub(super) struct Connections {
    limits: Arc<Limits>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    closing: bool,
    watches: HashMap<u64, Arc<Watch>>,
}

impl Connections {
    pub(super) fn new(limits: Arc<Limits>) -> Arc<Self> {
        Arc::new(Self { limits, open: Mutex::default() })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for one more connection; `None` when all are taken.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Place> {
        let mut open = self.open();
        if open.watches.len() >= self.limits.connections {
            return None;
        }
        let watch = Arc::new(Watch::new(Arc::clone(&self.limits)));
        if open.closing {
            watch.close_gracefully();
        }
        let id = open.next;
        open.next += 1;
        open.watches.insert(id, Arc::clone(&watch));
        drop(open);
        Some(Place { id, watch, connections: Arc::clone(self) })
    }

    /// Asks every connection, later ones included, to end after the request it is handling.
    pub(super) fn close_gracefully(&self) {
        let mut open = self.open();
        open.closing = true;
        open.watches.values().for_each(|watch| watch.close_gracefully());
    }

    /// Asks every connection to end at once.
    pub(super) fn close_now(&self) {
        self.open().watches.values().for_each(|watch| watch.close_now());
    }
}

/// One connection's place; given back when dropped.
pub(super) struct Place {
    id: u64,
    watch: Arc<Watch>,
    connections: Arc<Connections>,
}

impl Place {
    pub(super) fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open().watches.remove(&self.id);
    }
}
