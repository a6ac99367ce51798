//! One socket over a stream in memory, on paused time.

mod broken;
mod closing;
mod exchanging;
mod timing;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_util::sync::{CancellationToken, DropGuard};
use trunkline_services::socket::{Next, Outbox};
use trunkline_wire::EpochMillis;
use trunkline_wire::agent::Close;

use super::SocketLimits;
use super::exchange::Exchange;
use super::run::run;
use crate::server::Shutdown;

/// Answers each frame with itself, when it may.
struct Echo {
    outbox: Arc<Outbox>,
    received: mpsc::UnboundedSender<String>,
    may_answer: Arc<Semaphore>,
    answered: Arc<AtomicUsize>,
    ended: CancellationToken,
    _gone: DropGuard,
}

impl Exchange for Echo {
    async fn receive(&self, frame: &str) {
        let _ = self.received.send(frame.to_owned());
        if let Ok(permit) = self.may_answer.acquire().await {
            permit.forget();
        }
        self.outbox.respond(Some(frame.into()), EpochMillis(0));
        self.answered.fetch_add(1, Ordering::SeqCst);
    }

    async fn next(&self) -> Next {
        self.outbox.next().await
    }

    fn close(&self, close: Close) {
        self.outbox.close(close);
    }

    async fn ended(&self) -> Close {
        self.ended.cancelled().await;
        Close::TokenExpired
    }
}

/// A socket that is served, and all that a test turns on it.
struct World {
    outbox: Arc<Outbox>,
    received: mpsc::UnboundedReceiver<String>,
    may_answer: Arc<Semaphore>,
    answered: Arc<AtomicUsize>,
    session_ended: CancellationToken,
    shutdown: Shutdown,
    /// Cancelled when the service's side was dropped.
    gone: CancellationToken,
    task: JoinSet<()>,
}

impl World {
    /// A socket whose requests are answered at once, and the client's end of its connection.
    fn new() -> (Self, DuplexStream) {
        let (world, client) = Self::with_buffer(64 * 1024);
        world.may_answer.add_permits(1_000_000);
        (world, client)
    }

    /// A socket whose requests wait for leave to be answered; the connection takes so many bytes in each direction.
    fn with_buffer(bytes: usize) -> (Self, DuplexStream) {
        let (client, server) = duplex(bytes);
        let (sender, received) = mpsc::unbounded_channel();
        let gone = CancellationToken::new();
        let mut world = Self {
            outbox: Arc::default(),
            received,
            may_answer: Arc::new(Semaphore::new(0)),
            answered: Arc::default(),
            session_ended: CancellationToken::new(),
            shutdown: Shutdown::default(),
            gone: gone.clone(),
            task: JoinSet::new(),
        };
        let echo = Echo {
            outbox: Arc::clone(&world.outbox),
            received: sender,
            may_answer: Arc::clone(&world.may_answer),
            answered: Arc::clone(&world.answered),
            ended: world.session_ended.clone(),
            _gone: gone.drop_guard(),
        };
        world.task.spawn(run(server, echo, Arc::new(SocketLimits::default()), world.shutdown.clone()));
        (world, client)
    }

    fn notify(&self, frame: &str) {
        self.outbox.notify(frame.into(), EpochMillis(0));
    }

    fn answered(&self) -> usize {
        self.answered.load(Ordering::SeqCst)
    }

    /// Waits for the end of the socket's task.
    async fn over(&mut self) {
        self.task.join_next().await.unwrap().unwrap();
    }
}

/// A client with all its good manners.
async fn polite(stream: DuplexStream) -> WebSocketStream<DuplexStream> {
    WebSocketStream::from_raw_socket(stream, Role::Client, None).await
}

/// The next message that is not a ping.
async fn next(client: &mut WebSocketStream<DuplexStream>) -> Message {
    loop {
        match client.next().await.unwrap().unwrap() {
            Message::Ping(_) => {}
            other => return other,
        }
    }
}

/// What the server's close says; fails the test when something else comes first.
async fn closed(client: &mut WebSocketStream<DuplexStream>) -> (u16, String) {
    match next(client).await {
        Message::Close(Some(CloseFrame { code, reason })) => (code.into(), reason.as_str().to_owned()),
        other => panic!("{other:?}"),
    }
}

/// A frame of a client, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length @ 126..=0xffff => {
            frame.push(0xfe);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(0xff);
            frame.extend(u64::try_from(length).unwrap().to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// What a raw client reads to the end: the bytes of all frames.
async fn rest(mut client: DuplexStream) -> Vec<u8> {
    let mut all = Vec::new();
    client.read_to_end(&mut all).await.unwrap();
    all
}

/// The bytes of a server's close frame.
fn close_frame(code: u16, reason: &str) -> Vec<u8> {
    let mut frame = vec![0x88, u8::try_from(2 + reason.len()).unwrap()];
    frame.extend(code.to_be_bytes());
    frame.extend(reason.as_bytes());
    frame
}

async fn say(client: &mut WebSocketStream<DuplexStream>, text: &str) {
    client.send(Message::text(text)).await.unwrap();
}

async fn ping(client: &mut WebSocketStream<DuplexStream>, payload: &'static str) {
    client.send(Message::Ping(Bytes::from_static(payload.as_bytes()))).await.unwrap();
}

async fn write(client: &mut DuplexStream, bytes: &[u8]) {
    client.write_all(bytes).await.unwrap();
}
