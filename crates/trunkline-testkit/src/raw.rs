//! A connection on which a test writes exactly the bytes it wants.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::TestServer;

/// A kept-alive connection to a server. HTTP libraries tidy requests up; this sends what real clients were seen to send.
pub struct RawConnection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer as it stood on the wire.
#[derive(Debug, Clone)]
pub struct RawAnswer {
    /// The whole status line: `HTTP/1.1 200 OK`.
    pub status_line: String,
    /// Header names in lower case with their values, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub text: String,
}

impl RawConnection {
    /// Opens a connection.
    pub async fn open(server: &TestServer) -> Self {
        let address = server.base().strip_prefix("http://").expect("test servers speak plain HTTP");
        let stream = TcpStream::connect(address).await.expect("the test server accepts");
        Self { stream, received: Vec::new() }
    }

    /// Writes a request (`\n` in `head` becomes the line end of HTTP) and reads the answer.
    pub async fn call(&mut self, head: &str, body: &str) -> RawAnswer {
        self.send(head, body.as_bytes()).await;
        self.answer().await
    }

    /// Writes a request, or the beginning of one, and does not wait.
    pub async fn send(&mut self, head: &str, body: &[u8]) {
        let head = format!("{}\r\n\r\n", head.trim_end().replace('\n', "\r\n"));
        self.stream.write_all(head.as_bytes()).await.expect("the server reads");
        self.stream.write_all(body).await.expect("the server reads");
    }

    /// Reads the next answer.
    pub async fn answer(&mut self) -> RawAnswer {
        let end = loop {
            if let Some(end) = self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end;
            }
            self.receive().await;
        };
        let head = String::from_utf8(self.received[..end].to_vec()).expect("heads are ASCII");
        let mut lines = head.split("\r\n");
        let status_line = lines.next().unwrap_or_default().to_owned();
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        // An answer without a length (204) has no body: nothing here is sent in chunks.
        let length = length.map_or(0, |(_, length)| length.parse().expect("a length"));
        while self.received.len() < end + 4 + length {
            self.receive().await;
        }
        let rest = self.received.split_off(end + 4 + length);
        let text = String::from_utf8(self.received.split_off(end + 4)).expect("bodies are text");
        self.received = rest;
        RawAnswer { status_line, headers, text }
    }

    async fn receive(&mut self) {
        let count = self.stream.read_buf(&mut self.received).await.expect("the server answers");
        assert_ne!(count, 0, "the server closed the connection");
    }
}

impl RawAnswer {
    /// The number in the status line.
    pub fn status(&self) -> u16 {
        let number = self.status_line.split(' ').nth(1).and_then(|number| number.parse().ok());
        number.expect("status lines have a number")
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as the official sample reads it: JSON only under one of two labels (spec 10 §1 T1).
    pub fn json(&self) -> serde_json::Value {
        let label = self.header("content-type");
        assert!(matches!(label, Some("application/json" | "application/json;charset=utf-8")), "{self:?}");
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
