//! A WebSocket as a client: an agent's or a consumer's.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::{Session, TestServer};

/// A test that waits this long for a frame waits in vain.
const GUARD: Duration = Duration::from_secs(30);

/// A socket. Frames that a test does not ask for yet are kept.
pub struct AgentSocket {
    socket: WebSocketStream<TcpStream>,
    requests: u32,
    responses: HashMap<String, Value>,
    notifications: VecDeque<Value>,
    pings: usize,
    closed: Option<(u16, String)>,
}

impl TestServer {
    /// Opens a socket as the JavaScript SDK does.
    pub async fn agent_socket(&self, session: &Session) -> AgentSocket {
        let opened = self.try_agent_socket(&session.account, &session.bearer, "?v=2.1").await;
        opened.unwrap_or_else(|status| panic!("the socket was refused: {status}"))
    }

    /// Tries to open a socket; the status when it is refused. `query` begins with a question mark or is empty.
    ///
    /// # Errors
    /// The status of the refusal.
    pub async fn try_agent_socket(
        &self,
        account: &str,
        bearer: &str,
        query: &str,
    ) -> Result<AgentSocket, u16> {
        let address = self.base().strip_prefix("http://").expect("test servers speak plain HTTP");
        let path = format!("/ws_api/account/{account}/messaging/brand/{bearer}{query}");
        let request = format!("ws://{address}{path}").into_client_request().expect("a valid URL");
        let stream = TcpStream::connect(address).await.expect("the test server accepts");
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(AgentSocket::over(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("the handshake failed: {error}"),
        }
    }
}

impl AgentSocket {
    /// Sends a frame with a `headers` member, and waits for its response.
    pub async fn request_with(&mut self, kind: &str, headers: Value) -> Value {
        self.requests += 1;
        let id = format!("r{}", self.requests);
        let frame = json!({"kind": "req", "id": id, "type": kind, "headers": headers});
        self.send_text(&frame.to_string()).await;
        self.response(&id).await
    }

    pub(crate) fn over(socket: WebSocketStream<TcpStream>) -> Self {
        Self {
            socket,
            requests: 0,
            responses: HashMap::new(),
            notifications: VecDeque::new(),
            pings: 0,
            closed: None,
        }
    }

    /// Sends a request, without waiting, and returns its id.
    pub async fn send(&mut self, kind: &str, body: Value) -> String {
        self.requests += 1;
        let id = format!("r{}", self.requests);
        let frame = json!({"kind": "req", "id": id, "type": kind, "body": body});
        self.send_text(&frame.to_string()).await;
        id
    }

    /// Sends any text.
    pub async fn send_text(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    /// Sends any message.
    pub async fn send_message(&mut self, message: Message) {
        self.socket.send(message).await.expect("the server reads");
    }

    /// Sends a request and waits for its response: the whole frame.
    pub async fn request(&mut self, kind: &str, body: Value) -> Value {
        let id = self.send(kind, body).await;
        self.response(&id).await
    }

    /// Waits for the response to a request.
    pub async fn response(&mut self, id: &str) -> Value {
        loop {
            if let Some(response) = self.responses.remove(id) {
                return response;
            }
            self.receive(&format!("the response to {id}")).await;
        }
    }

    /// Waits for a notification for which this holds. Others are kept in their order.
    pub async fn notification(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut seen = 0;
        loop {
            if let Some(found) = (seen..self.notifications.len()).find(|&at| wanted(&self.notifications[at]))
            {
                return self.notifications.remove(found).expect("it was just seen");
            }
            seen = self.notifications.len();
            self.receive("a notification").await;
        }
    }

    /// The notifications that came unasked so far, in their order.
    pub fn take_notifications(&mut self) -> Vec<Value> {
        self.notifications.drain(..).collect()
    }

    /// Waits for a ping that was not waited for yet. Reading answers it.
    pub async fn ping(&mut self) {
        while self.pings == 0 {
            self.receive("a ping").await;
        }
        self.pings -= 1;
    }

    /// Waits for the server's close: code and reason. 1006 stands for a connection that was cut off.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Some(closed) = self.closed.clone() {
                return closed;
            }
            self.read("the close").await;
        }
    }

    async fn receive(&mut self, awaited: &str) {
        assert!(self.closed.is_none(), "the socket closed before {awaited}: {:?}", self.closed);
        self.read(awaited).await;
    }

    async fn read(&mut self, awaited: &str) {
        let message = tokio::time::timeout(GUARD, self.socket.next()).await;
        match message.unwrap_or_else(|_| panic!("{awaited} does not come")) {
            Some(Ok(Message::Text(text))) => self.keep(&text),
            Some(Ok(Message::Close(Some(frame)))) => {
                self.closed = Some((frame.code.into(), frame.reason.as_str().to_owned()));
            }
            Some(Ok(Message::Close(None))) => self.closed = Some((1005, String::new())),
            Some(Ok(Message::Ping(_))) => self.pings += 1,
            Some(Ok(_)) => {}
            Some(Err(_)) | None => self.closed = Some((1006, String::new())),
        }
    }

    fn keep(&mut self, text: &str) {
        let frame: Value = serde_json::from_str(text).expect("frames are JSON");
        match frame["kind"].as_str() {
            Some("resp") => {
                let id = frame["reqId"].as_str().expect("reqId is a string").to_owned();
                let before = self.responses.insert(id, frame);
                assert!(before.is_none(), "answered twice: {before:?}");
            }
            Some("notification") => self.notifications.push_back(frame),
            _ => panic!("neither response nor notification: {text}"),
        }
    }
}
