//! A webhook receiver that can be told to misbehave.
//!
//! ```no_run
//! # use trunkline_testkit::{Behaviour, Receiver};
//! # async fn example() {
//! let receiver = Receiver::start().await;
//! receiver.once(Behaviour::Answer(500));
//! // … something POSTs to `receiver.url("/content")`, twice because of the 500 …
//! let [first, second] = receiver.wait_for(2).await.try_into().expect("two");
//! assert_eq!(first.body, second.body);
//! # }
//! ```

mod behaviour;
mod certificates;
mod connection;
mod ledger;
mod port;
mod received;

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

pub use behaviour::Behaviour;
pub use certificates::{TestAuthority, TestIdentity};
use connection::accept;
use ledger::Ledger;
use port::Port;
pub use received::Received;

/// A webhook receiver on 127.0.0.1. It records every request in the order in which they were complete, answers 200 unless
/// told otherwise, keeps connections alive, and ends when it is dropped.
pub struct Receiver {
    ledger: Arc<Ledger>,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    door: Mutex<Door>,
}

/// Whether the receiver listens.
enum Door {
    /// It does; the tasks are the listener and all connections, which end with the guard.
    Open { end: DropGuard, tasks: TaskTracker, port: Port },
    /// It does not; the port is kept.
    Shut(Port),
    /// On the way from one to the other.
    Moving,
}

impl Receiver {
    /// Starts a receiver for plain HTTP.
    pub async fn start() -> Self {
        Self::with(None).await
    }

    /// Starts a receiver for HTTPS with this certificate.
    pub async fn start_tls(identity: &TestIdentity) -> Self {
        Self::with(Some(identity.server_config())).await
    }

    /// Starts a receiver for HTTPS that asks for a client certificate of this authority and lets nobody in without.
    pub async fn start_mutual_tls(identity: &TestIdentity, clients: &TestAuthority) -> Self {
        Self::with(Some(identity.mutual_server_config(clients))).await
    }

    /// Starts a receiver for HTTPS with settings of its own, or for plain HTTP.
    #[expect(clippy::unused_async, reason = "it works inside a runtime only, which an await makes sure of")]
    pub async fn with(tls: Option<ServerConfig>) -> Self {
        let port = Port::any();
        let receiver = Self {
            ledger: Arc::default(),
            address: port.address(),
            tls: tls.map(|config| TlsAcceptor::from(Arc::new(config))),
            door: Mutex::new(Door::Shut(port)),
        };
        receiver.resume();
        receiver
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// An endpoint of this receiver; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        self.url_on("127.0.0.1", path)
    }

    /// An endpoint of this receiver under another name of the host.
    pub fn url_on(&self, host: &str, path: &str) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{host}:{}{path}", self.address.port())
    }

    /// Behaves so from now on, on every path that has no behaviour of its own.
    pub fn behave(&self, behaviour: Behaviour) {
        self.ledger.behave(behaviour);
    }

    /// Behaves so from now on when this path (without query) is asked for; [`Behaviour::ResetOnConnect`] and
    /// [`Behaviour::HangOnConnect`] come too early for that.
    pub fn behave_at(&self, path: &str, behaviour: Behaviour) {
        self.ledger.behave_at(path, behaviour);
    }

    /// Behaves so at the next request, whatever its path; several calls line up.
    pub fn once(&self, behaviour: Behaviour) {
        self.ledger.once(behaviour);
    }

    /// Answers everything that waits because of [`Behaviour::Hold`].
    pub fn release(&self) {
        self.ledger.release();
    }

    /// Stops listening and cuts all connections: when it returns, whoever comes is refused by the system. The port stays
    /// ours.
    pub async fn refuse(&self) {
        let (end, tasks, port) = match self.step() {
            Door::Open { end, tasks, port } => (end, tasks, port),
            shut => return self.set(shut),
        };
        // In this order the port is never free for somebody else.
        let port = port.reserve_again();
        drop(end);
        tasks.close();
        tasks.wait().await;
        self.set(Door::Shut(port));
    }

    /// Listens again, on the same port.
    pub fn resume(&self) {
        let port = match self.step() {
            Door::Shut(port) => port,
            open => return self.set(open),
        };
        let (end, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (listener, port) = port.listen();
        let (ledger, tls) = (Arc::clone(&self.ledger), self.tls.clone());
        tasks.spawn(listen(listener, tls, ledger, tasks.clone(), end.clone()));
        self.set(Door::Open { end: end.drop_guard(), tasks, port });
    }

    /// Waits for the next request that this method has not returned yet.
    pub async fn next(&self) -> Arc<Received> {
        self.ledger.next().await
    }

    /// Waits until `count` requests have come in since the start, and returns what [`Self::requests`] returns then.
    pub async fn wait_for(&self, count: usize) -> Vec<Arc<Received>> {
        self.ledger.wait_for(count).await
    }

    /// Waits until `count` connections were accepted since the start. Those that the system refuses are not seen by
    /// anybody; [`Behaviour::ResetOnConnect`] makes a receiver that is as good as down but sees who tries.
    pub async fn wait_for_connections(&self, count: usize) {
        self.ledger.wait_for_connections(count).await;
    }

    /// The requests so far, in order, without those that were taken.
    pub fn requests(&self) -> Vec<Arc<Received>> {
        self.ledger.requests()
    }

    /// Takes the requests so far out, so that a long test does not keep them all.
    pub fn take(&self) -> Vec<Arc<Received>> {
        self.ledger.take()
    }

    /// How many requests have come in since the start.
    pub fn count(&self) -> usize {
        self.ledger.count()
    }

    /// How many connections were accepted since the start.
    pub fn connections(&self) -> usize {
        self.ledger.connections()
    }

    fn step(&self) -> Door {
        std::mem::replace(&mut *self.door(), Door::Moving)
    }

    fn set(&self, door: Door) {
        *self.door() = door;
    }

    /// The door is right even if a holder panicked.
    fn door(&self) -> MutexGuard<'_, Door> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn listen(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    ledger: Arc<Ledger>,
    tasks: TaskTracker,
    end: CancellationToken,
) {
    while let Some(Ok((tcp, _))) = end.run_until_cancelled(listener.accept()).await {
        let serving = accept(tcp, tls.clone(), Arc::clone(&ledger));
        let end = end.clone();
        tasks.spawn(async move { end.run_until_cancelled(serving).await });
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("address", &self.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
