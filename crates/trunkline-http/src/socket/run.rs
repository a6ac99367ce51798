//! One socket from its first frame to its end, in one task: reading, writing, pings, limits.
//!
//! Reading and writing are two futures that are polled side by side, so neither waits for the other. Reading gives one
//! frame at a time to the service and reads no further before that is done: a client cannot fill memory with requests,
//! and its requests keep their order. A request that was begun is finished, whatever becomes of the socket.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::FusedFuture;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;
use trunkline_services::socket::Next;
use trunkline_wire::agent::Close;

use super::SocketLimits;
use super::end::{End, NOT_TEXT};
use super::exchange::Exchange;
use super::progress::{Progress, Watched};
use crate::server::Shutdown;

/// Requests are short, and most sockets are idle; a longer one grows the buffer for its time.
const READ_BUFFER: usize = 1024;
/// After so many bytes what was collected is written: a client that reads slowly leaves the rest in the outbox, where it is
/// counted, and a stream of messages does not keep pings back.
const WRITE_BUFFER: usize = 16 * 1024;

/// 2³² divided by the golden ratio, odd.
const GOLDEN: u32 = 0x9e37_79b9;

type Stream<S> = SplitStream<WebSocketStream<Watched<S>>>;
type Sink<S> = SplitSink<WebSocketStream<Watched<S>>, Message>;

/// Serves a socket until either side ends it, or the server has no time left.
pub(crate) async fn run<S, E>(stream: S, exchange: E, limits: Arc<SocketLimits>, shutdown: Shutdown)
where
    S: AsyncRead + AsyncWrite + Unpin,
    E: Exchange,
{
    tokio::select! {
        biased;
        () = shutdown.drop_now.cancelled() => tracing::debug!("socket dropped at the end of draining"),
        end = serve(stream, exchange, &limits, &shutdown.begin) => tracing::debug!(socket.end = ?end, "socket ended"),
    }
}

async fn serve<S, E>(stream: S, exchange: E, limits: &SocketLimits, shutdown: &CancellationToken) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
    E: Exchange,
{
    let progress = Arc::new(Progress::default());
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(Some(limits.frame_bytes))
        .max_frame_size(Some(limits.frame_bytes));
    let stream = Watched::new(stream, Arc::clone(&progress));
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let (mut sink, mut stream) = socket.split();

    let end = exchange_frames(&mut sink, &mut stream, &exchange, limits, &progress, shutdown).await;
    drop(exchange);
    // A client that does not finish in time is dropped.
    let _ = timeout(limits.close, finish(sink, stream, end)).await;
    end
}

/// Reads and writes until either side ends the socket, and says so if it is this one.
async fn exchange_frames<S>(
    sink: &mut Sink<S>,
    stream: &mut Stream<S>,
    exchange: &impl Exchange,
    limits: &SocketLimits,
    progress: &Progress,
    shutdown: &CancellationToken,
) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let stop = CancellationToken::new();
    let mut reading = pin!(read(stream, exchange, limits, &stop).fuse());
    let end = tokio::select! {
        biased;
        () = progress.stalled(limits.write) => End::Lost,
        close = exchange.ended() => End::Ours(close),
        end = write(sink, exchange, limits) => end,
        end = read_until_shutdown(reading.as_mut(), exchange, shutdown, &stop) => end,
    };
    // The client hears of the end before its last request is done with.
    if let Some(frame) = end.frame() {
        // Whether it arrives changes nothing any more.
        let _ = timeout(limits.close, sink.send(Message::Close(Some(frame)))).await;
    }
    exchange.close(Close::GoingAway);
    stop.cancel();
    if !reading.is_terminated() {
        reading.await;
    }
    end
}

/// Reads to the end. When the server shuts down, the request at hand is answered first, and the service then lets what
/// waits be followed by the close.
async fn read_until_shutdown(
    mut reading: Pin<&mut impl FusedFuture<Output = Option<End>>>,
    exchange: &impl Exchange,
    shutdown: &CancellationToken,
    stop: &CancellationToken,
) -> End {
    let end = tokio::select! {
        biased;
        () = shutdown.cancelled() => {
            stop.cancel();
            reading.await
        }
        end = &mut reading => end,
    };
    if let Some(end) = end {
        return end;
    }
    exchange.close(Close::GoingAway);
    // Writing comes to the close and ends the socket.
    std::future::pending().await
}

/// Reads frames and hands them to the service. `None` when it was told to stop.
async fn read<S>(
    stream: &mut Stream<S>,
    exchange: &impl Exchange,
    limits: &SocketLimits,
    stop: &CancellationToken,
) -> Option<End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let frame = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            frame = timeout(limits.idle, stream.next()) => frame,
        };
        let Ok(frame) = frame else { return Some(End::Ours(Close::Idle)) };
        match frame {
            None => return Some(End::Lost),
            Some(Err(error)) => return Some(End::of(&error)),
            // Handling a request takes room that an idle socket should not hold.
            Some(Ok(Message::Text(text))) => Box::pin(exchange.receive(&text)).await,
            Some(Ok(Message::Binary(_))) => return Some(NOT_TEXT),
            Some(Ok(Message::Close(_))) => return Some(End::Theirs),
            Some(Ok(_)) => {}
        }
    }
}

/// Writes what the service wants written, and pings.
async fn write<S>(sink: &mut Sink<S>, exchange: &impl Exchange, limits: &SocketLimits) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut pings = interval_at(Instant::now() + first_ping(limits.ping), limits.ping);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let next = tokio::select! {
            biased;
            _ = pings.tick() => None,
            next = exchange.next() => Some(next),
        };
        let written = match next {
            None => sink.send(Message::Ping(Bytes::new())).await.map(|()| None),
            Some(next) => write_batch(sink, exchange, next).await,
        };
        match written {
            Ok(None) => {}
            Ok(Some(close)) => return End::Ours(close),
            Err(_) => return End::Lost,
        }
    }
}

/// When a socket is pinged first: those that are opened in the same moment are spread evenly over the interval by multiples of
/// the golden ratio.
fn first_ping(interval: Duration) -> Duration {
    static OPENED: AtomicU32 = AtomicU32::new(0);
    let phase = OPENED.fetch_add(1, Ordering::Relaxed).wrapping_mul(GOLDEN);
    interval.mul_f64(1.0 - f64::from(phase) / (f64::from(u32::MAX) + 1.0))
}

/// Writes a message together with those that follow it at once. The close, if there is one, is left to the caller.
async fn write_batch<S>(
    sink: &mut Sink<S>,
    exchange: &impl Exchange,
    first: Next,
) -> Result<Option<Close>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut next = Some(first);
    let mut collected = 0;
    while let Some(Next::Frame(frame)) = next {
        collected += frame.len();
        sink.feed(Message::text(&*frame)).await?;
        next = if collected < WRITE_BUFFER { exchange.next().now_or_never() } else { None };
    }
    sink.flush().await?;
    Ok(match next {
        Some(Next::Close(close)) => Some(close),
        _ => None,
    })
}

/// Waits for the client's close if it owes one, and ends the connection. What a client that broke the protocol still sends is
/// read and forgotten, because closing over unread bytes would reset the connection under the close frame.
async fn finish<S>(sink: Sink<S>, mut stream: Stream<S>, end: End) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match end {
        End::Lost => return Ok(()),
        // Reading on also writes the answer to the client's close.
        End::Ours(_) | End::Theirs => while let Some(Ok(_)) = stream.next().await {},
        End::Broken(..) => {}
    }
    // The halves are of one socket.
    let Ok(mut socket) = stream.reunite(sink) else { return Ok(()) };
    let connection = socket.get_mut();
    connection.shutdown().await?;
    if matches!(end, End::Broken(..)) {
        // Not a part of the task: it is needed at the end of bad sockets only.
        let mut scratch = vec![0; 4096];
        while connection.read(&mut scratch).await? > 0 {}
    }
    Ok(())
}
