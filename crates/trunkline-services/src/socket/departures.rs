//! How a socket that is gone tells the task that knew it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Proves that a socket is connected; dropping it tells that it is gone.
#[derive(Debug)]
pub(crate) struct Ticket<I: Copy> {
    /// The socket.
    pub(crate) id: I,
    departures: Arc<Departures<I>>,
}

impl<I: Copy> Ticket<I> {
    pub(crate) fn new(id: I, departures: Arc<Departures<I>>) -> Self {
        Self { id, departures }
    }
}

impl<I: Copy> Drop for Ticket<I> {
    fn drop(&mut self) {
        self.departures.add(self.id);
    }
}

/// Sockets that are gone; as many as there were at most.
#[derive(Debug)]
pub(crate) struct Departures<I> {
    gone: Mutex<Vec<I>>,
    came: Notify,
}

impl<I> Default for Departures<I> {
    fn default() -> Self {
        Self { gone: Mutex::default(), came: Notify::new() }
    }
}

impl<I> Departures<I> {
    fn add(&self, socket: I) {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).push(socket);
        self.came.notify_one();
    }

    /// Takes those that are gone.
    pub(crate) fn take(&self) -> Vec<I> {
        std::mem::take(&mut self.gone.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until there are some.
    pub(crate) async fn wait(&self) {
        while self.gone.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            self.came.notified().await;
        }
    }
}
