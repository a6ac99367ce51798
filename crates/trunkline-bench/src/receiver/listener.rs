//! Listening, and one task per connection.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::cut::{Received, cut};
use crate::stopwatch;

/// Bytes read at once; a text's notification with its head takes a twentieth of it.
const BUFFER: usize = 16 * 1024;
/// Connections that the system accepts for us before we do.
const BACKLOG: u32 = 1024;
/// The wait after a failure to accept, which another try at once would only repeat.
const BREATH: Duration = Duration::from_millis(10);

/// Decides about requests.
pub trait Desk: Send + Sync + 'static {
    /// Takes a whole request and says how it is answered; the answer is written at once.
    fn take(&self, request: &Received<'_>, at: Instant) -> Reply;

    /// Something came that is no request; its connection is closed.
    fn garbled(&self);
}

/// How a request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// With 200.
    #[default]
    Confirm,
    /// With 500.
    Fail,
    /// Not at all; the connection stays open.
    Hang,
}

/// A receiver on its own port of loopback, which stays its own while it is down.
#[derive(Debug)]
pub struct Receiver<D> {
    desk: Arc<D>,
    address: SocketAddr,
    /// Bound but not listening: connections are refused and nobody else gets the port.
    idle: Option<TcpSocket>,
    connections: Arc<Connections>,
    tasks: JoinSet<()>,
}

/// How many connections there are and ever were.
#[derive(Debug, Default)]
struct Connections {
    open: AtomicUsize,
    accepted: AtomicUsize,
}

impl<D: Desk> Receiver<D> {
    /// Takes a port on which connections are refused.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn down(desk: Arc<D>) -> io::Result<Self> {
        let idle = bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let address = idle.local_addr()?;
        Ok(Self { desk, address, idle: Some(idle), connections: Arc::default(), tasks: JoinSet::new() })
    }

    /// Takes a port and listens on it. Must be called on a runtime.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn up(desk: Arc<D>) -> io::Result<Self> {
        let mut receiver = Self::down(desk)?;
        receiver.start()?;
        Ok(receiver)
    }

    /// Begins to listen; nothing changes when it does already.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn start(&mut self) -> io::Result<()> {
        if let Some(socket) = self.idle.take() {
            let (listener, connections) = (socket.listen(BACKLOG)?, Arc::clone(&self.connections));
            self.tasks.spawn(serve(listener, connections, Arc::clone(&self.desk)));
        }
        Ok(())
    }

    /// Closes all connections; from now on new ones are refused.
    ///
    /// # Errors
    /// When the system gives the port to somebody else.
    pub async fn stop(&mut self) -> io::Result<()> {
        if self.idle.is_none() {
            self.tasks.shutdown().await;
            self.idle = Some(bind(self.address)?);
        }
        Ok(())
    }

    /// Waits until every connection is closed by the other side and everything that came by it was taken. Ends only when
    /// nobody opens new ones.
    pub async fn quiet(&self) {
        loop {
            let accepted = self.connections.accepted.load(Ordering::Relaxed);
            // While this task sleeps the runtime asks the system for connections that wait to be accepted.
            tokio::time::sleep(Duration::from_millis(1)).await;
            if self.connections.open.load(Ordering::Relaxed) == 0
                && self.connections.accepted.load(Ordering::Relaxed) == accepted
            {
                return;
            }
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Who decides about requests.
    pub fn desk(&self) -> &Arc<D> {
        &self.desk
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Connections that ended a moment ago must not keep the port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn serve<D: Desk>(listener: TcpListener, connections: Arc<Connections>, desk: Arc<D>) {
    let mut tasks = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (open, desk) = (Open::new(&connections), Arc::clone(&desk));
                tasks.spawn(async move {
                    converse(stream, desk).await;
                    drop(open);
                });
            }
            Err(_) => tokio::time::sleep(BREATH).await,
        }
        while tasks.try_join_next().is_some() {}
    }
}

/// Counts a connection while it is open.
struct Open(Arc<Connections>);

impl Open {
    fn new(connections: &Arc<Connections>) -> Self {
        connections.open.fetch_add(1, Ordering::Relaxed);
        connections.accepted.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(connections))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection that breaks is the sender's business.
async fn converse<D: Desk>(mut stream: TcpStream, desk: Arc<D>) {
    // Only latency is at stake.
    let _ = stream.set_nodelay(true);
    let mut buffer = vec![0; BUFFER];
    let mut filled = 0;
    loop {
        let (reply, end) = match cut(buffer.get(..filled).unwrap_or_default()) {
            Ok(Some((request, end))) => (desk.take(&request, stopwatch::now()), end),
            Ok(None) => {
                if filled == buffer.len() {
                    buffer.resize(buffer.len() * 2, 0);
                }
                match stream.read(buffer.get_mut(filled..).unwrap_or_default()).await {
                    Ok(read @ 1..) => filled += read,
                    _ => return,
                }
                continue;
            }
            Err(_) => return desk.garbled(),
        };
        let answer: &[u8] = match reply {
            Reply::Confirm => b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK",
            Reply::Fail => b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nNO",
            Reply::Hang => return wait_for_the_end(stream, buffer).await,
        };
        if stream.write_all(answer).await.is_err() {
            return;
        }
        buffer.copy_within(end..filled, 0);
        filled -= end;
    }
}

async fn wait_for_the_end(mut stream: TcpStream, mut buffer: Vec<u8>) {
    while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
}
