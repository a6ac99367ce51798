//! One connection of a receiver: written by hand, because no HTTP library misbehaves on request.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::ledger::{Instruction, Ledger};
use super::{Behaviour, Received};

const EMPTY_LINE: &[u8] = b"\r\n\r\n";

/// A connection whose TCP socket can be reached.
trait Socket: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Socket for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Serves a connection until it ends.
pub(super) async fn accept(tcp: TcpStream, tls: Option<TlsAcceptor>, ledger: Arc<Ledger>) {
    let (number, behaviour) = ledger.connected();
    // A socket that cannot be set up will fail at its first use.
    let _ = tcp.set_nodelay(true);
    match behaviour {
        Behaviour::ResetOnConnect => reset(&tcp),
        Behaviour::HangOnConnect => std::future::pending().await,
        _ => match tls {
            None => serve(tcp, number, &ledger).await,
            Some(tls) => match tls.accept(tcp).into_fallible().await {
                Ok(stream) => serve(stream, number, &ledger).await,
                Err((_, tcp)) => wait_for_the_end(tcp).await,
            },
        },
    }
}

/// Closing with unread bytes would reset the connection before the peer has read the alert.
async fn wait_for_the_end(mut tcp: TcpStream) {
    let mut scratch = [0; 1024];
    if tcp.shutdown().await.is_ok() {
        while tcp.read(&mut scratch).await.is_ok_and(|count| count > 0) {}
    }
}

async fn serve(mut stream: impl Socket, number: usize, ledger: &Ledger) {
    let mut received = Vec::new();
    while let Some(request) = read(&mut stream, number, &mut received).await {
        // What the peer does not want to read any more is nothing to complain about.
        match act(&mut stream, ledger.received(request)).await {
            Ok(Next::Request) => {}
            Ok(Next::End) | Err(_) => return,
        }
    }
}

/// The next request; `None` when the peer closed the connection or speaks something else.
async fn read(stream: &mut impl Socket, number: usize, received: &mut Vec<u8>) -> Option<Received> {
    let end = loop {
        if let Some(end) = received.windows(EMPTY_LINE.len()).position(|bytes| bytes == EMPTY_LINE) {
            break end;
        }
        fill(stream, received).await?;
    };
    let mut request = Received::parse(number, std::str::from_utf8(&received[..end]).ok()?)?;
    let begin = end + EMPTY_LINE.len();
    let length = request.content_length();
    while received.len() < begin + length {
        fill(stream, received).await?;
    }
    request.body = received[begin..begin + length].to_vec();
    received.drain(..begin + length);
    Some(request)
}

async fn fill(stream: &mut impl Socket, received: &mut Vec<u8>) -> Option<()> {
    let count = stream.read_buf(received).await.ok()?;
    (count > 0).then_some(())
}

/// What comes after an answer.
enum Next {
    Request,
    End,
}

async fn act(stream: &mut impl Socket, instruction: Instruction) -> io::Result<Next> {
    let Instruction { behaviour, mut released } = instruction;
    match behaviour {
        Behaviour::Answer(status) => answer(stream, status, "", "OK").await?,
        Behaviour::AnswerWith(status, body) => answer(stream, status, "", &body).await?,
        Behaviour::Redirect(to) => answer(stream, 302, &format!("location: {to}\r\n"), "").await?,
        Behaviour::Delay(span) => {
            tokio::time::sleep(span).await;
            answer(stream, 200, "", "OK").await?;
        }
        Behaviour::Hold => {
            // Fails when the receiver is gone, and then so is this task.
            let _ = released.changed().await;
            answer(stream, 200, "", "OK").await?;
        }
        Behaviour::Hang => hang(stream).await?,
        Behaviour::Reset => {
            reset(stream.tcp());
            return Ok(Next::End);
        }
        Behaviour::Close | Behaviour::ResetOnConnect | Behaviour::HangOnConnect => return Ok(Next::End),
        Behaviour::AnswerAndClose(status) => {
            answer(stream, status, "", "OK").await?;
            return Ok(Next::End);
        }
        Behaviour::SlowHead(pause) => drip(stream, head(200, "", 0).as_bytes(), pause).await?,
        Behaviour::HalfHead => {
            write(stream, b"HTTP/1.1 200 OK\r\ncontent-le").await?;
            hang(stream).await?;
        }
        Behaviour::BigBody(length) => {
            write(stream, head(200, "", length).as_bytes()).await?;
            write(stream, &vec![b'x'; length]).await?;
        }
        Behaviour::EndlessBody => {
            write(stream, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
            loop {
                write(stream, format!("400\r\n{}\r\n", "x".repeat(1024)).as_bytes()).await?;
            }
        }
        Behaviour::SlowBody(pause) => {
            write(stream, head(200, "", 1000).as_bytes()).await?;
            drip(stream, &[b'x'; 1000], pause).await?;
        }
        Behaviour::Raw(bytes) => {
            write(stream, &bytes).await?;
            stream.shutdown().await?;
            return Ok(Next::End);
        }
    }
    Ok(Next::Request)
}

/// Waits until the peer gives up.
async fn hang(stream: &mut impl Socket) -> io::Result<()> {
    let mut scratch = [0; 1024];
    while stream.read(&mut scratch).await? > 0 {}
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// Makes the end of the connection a reset.
fn reset(tcp: &TcpStream) {
    tcp.set_zero_linger().expect("the socket is open");
}

fn head(status: u16, more: &str, length: usize) -> String {
    format!(
        "HTTP/1.1 {status} Whatever\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n{more}\r\n"
    )
}

async fn answer(stream: &mut impl Socket, status: u16, more: &str, body: &str) -> io::Result<()> {
    // 204 and 304 have no body (RFC 9110 §6.4.1).
    let body = if matches!(status, 204 | 304) { "" } else { body };
    write(stream, format!("{}{body}", head(status, more, body.len())).as_bytes()).await
}

async fn drip(stream: &mut impl Socket, bytes: &[u8], pause: Duration) -> io::Result<()> {
    for byte in bytes.chunks(1) {
        write(stream, byte).await?;
        tokio::time::sleep(pause).await;
    }
    Ok(())
}

async fn write(stream: &mut impl Socket, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}
