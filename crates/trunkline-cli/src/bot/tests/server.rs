//! A server with one user, as the spec describes it: Domain API, login and WebSocket on one TLS listener.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use trunkline_wire::AccountId;

use crate::bot::Place;
use crate::data_dir::DataDir;

const ACCOUNT: &str = "10020030";

/// The server; ends when dropped.
pub(super) struct FakeServer {
    folder: TempDir,
    address: String,
    shared: Arc<Shared>,
    sockets: mpsc::Receiver<FakeSocket>,
    _shutdown: DropGuard,
}

struct Shared {
    address: String,
    state: Mutex<State>,
    sockets: mpsc::Sender<FakeSocket>,
    tasks: TaskTracker,
}

#[derive(Default)]
struct State {
    logins: Vec<Value>,
    sessions: u32,
    refuse_logins: Option<u16>,
    refuse_handshakes: u32,
}

/// An open socket, seen from the server.
pub(super) struct FakeSocket {
    pub(super) path: String,
    stream: WebSocketStream<TokioIo<Upgraded>>,
}

impl FakeServer {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = DataDir::new(folder.path());
        let now = trunkline_model::Clock::now(&crate::clock::SystemClock);
        crate::dev::server_identity(&data_dir, now).unwrap();
        let (certificate, key) = crate::dev::peer_identity(&data_dir, "bot test", now).unwrap();
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate], key)
                .unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, sockets) = mpsc::channel(8);
        let tasks = TaskTracker::new();
        let shared = Arc::new(Shared {
            address: address.clone(),
            state: Mutex::default(),
            sockets: sender,
            tasks: tasks.clone(),
        });
        let shutdown = CancellationToken::new();
        let accept = accept(listener, TlsAcceptor::from(Arc::new(config)), Arc::clone(&shared));
        let until = shutdown.clone();
        tasks.spawn(async move { until.run_until_cancelled(accept).await });
        Self { folder, address, shared, sockets, _shutdown: shutdown.drop_guard() }
    }

    pub(super) fn place(&self) -> Place {
        Place {
            base: format!("https://{}", self.address),
            account: AccountId::parse(ACCOUNT).unwrap(),
            ca_file: Some(self.folder.path().join("dev-ca.pem")),
        }
    }

    /// The next socket that is opened.
    pub(super) async fn socket(&mut self) -> FakeSocket {
        self.sockets.recv().await.unwrap()
    }

    /// The body of the only login so far.
    pub(super) fn take_login(&self) -> Value {
        let mut state = self.shared.state.lock().unwrap();
        assert_eq!(state.logins.len(), 1);
        state.logins.remove(0)
    }

    pub(super) fn refuse_logins(&self, status: u16) {
        self.shared.state.lock().unwrap().refuse_logins = Some(status);
    }

    pub(super) fn refuse_handshakes(&self, count: u32) {
        self.shared.state.lock().unwrap().refuse_handshakes = count;
    }
}

impl FakeSocket {
    /// The next request, which must be of this type.
    pub(super) async fn request(&mut self, name: &str) -> Value {
        loop {
            if let Message::Text(text) = self.stream.next().await.unwrap().unwrap() {
                let frame: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(frame["type"], name);
                return frame;
            }
        }
    }

    pub(super) async fn answer(&mut self, request: &Value, code: u16, body: &Value) {
        let frame =
            json!({"kind": "resp", "reqId": request["id"], "code": code, "body": body, "type": "T$Response"});
        self.stream.send(Message::text(frame.to_string())).await.unwrap();
    }

    pub(super) async fn close(mut self, code: u16) {
        self.stream.close(Some(CloseFrame { code: code.into(), reason: "".into() })).await.unwrap();
        while let Some(Ok(_)) = self.stream.next().await {}
    }

    /// The close code that the client sent; 1005 without one.
    pub(super) async fn closed(mut self) -> Option<u16> {
        while let Some(Ok(message)) = self.stream.next().await {
            if let Message::Close(frame) = message {
                return Some(frame.map_or(1005, |frame| frame.code.into()));
            }
        }
        None
    }
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, shared: Arc<Shared>) {
    loop {
        let (tcp, _) = listener.accept().await.unwrap();
        let (tls, shared) = (tls.clone(), Arc::clone(&shared));
        shared.tasks.clone().spawn(async move {
            let Ok(stream) = tls.accept(tcp).await else { return };
            let service = service_fn(move |request| answer(request, Arc::clone(&shared)));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            let _ = connection.with_upgrades().await;
        });
    }
}

type Answer = Response<Full<Bytes>>;

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Answer, hyper::Error> {
    let path = request.uri().path_and_query().unwrap().to_string();
    if path.starts_with("/ws_api/") {
        return Ok(upgrade(path, request, &shared));
    }
    let body = request.into_body().collect().await?.to_bytes();
    Ok(match path.as_str() {
        "/api/account/10020030/service/baseURI.json?version=1.0" => {
            let entry = |service| json!({"service": service, "account": ACCOUNT, "baseURI": shared.address});
            plain(200, &json!({"baseURIs": [entry("agentVep"), entry("facadeMsg")]}))
        }
        "/api/account/10020030/login?v=1.3" => {
            let mut state = shared.state.lock().unwrap();
            state.logins.push(serde_json::from_slice(&body).unwrap());
            state.sessions += 1;
            match state.refuse_logins {
                Some(status) => plain(status, &json!({"error": {"message": "no"}})),
                None => plain(200, &session(state.sessions)),
            }
        }
        _ => plain(404, &json!({})),
    })
}

/// The answer of spec 20 §3.1.
fn session(number: u32) -> Value {
    json!({
        "csrf": "csrf-1", "wsuk": "1",
        "config": {
            "loginName": "bot", "userId": "282467514", "userPid": "393c6873-756d-54af-86e1-8795d57eba14",
            "userPrivileges": [1], "serverCurrentTime": 1_700_000_000_000_u64, "timeDiff": 0,
            "serverTimeZoneName": "UTC", "serverTimeGMTDiff": "+00:00", "isLPA": false, "isAdmin": false,
            "accountTimeZoneId": "UTC",
        },
        "csdsCollectionResponse": {"baseURIs": []},
        "accountData": {"agentGroupsData": {"items": [], "revision": 0}},
        "sessionTTl": "28800000", "bearer": format!("bearer-{number}"), "sessionId": "sess-1",
    })
}

fn upgrade(path: String, mut request: Request<Incoming>, shared: &Arc<Shared>) -> Answer {
    {
        let mut state = shared.state.lock().unwrap();
        if state.refuse_handshakes > 0 {
            state.refuse_handshakes -= 1;
            return plain(401, &json!({}));
        }
    }
    let key = derive_accept_key(request.headers()["sec-websocket-key"].as_bytes());
    let upgraded = hyper::upgrade::on(&mut request);
    let sockets = shared.sockets.clone();
    shared.tasks.spawn(async move {
        let io = TokioIo::new(upgraded.await.unwrap());
        let stream = WebSocketStream::from_raw_socket(io, Role::Server, None).await;
        let _ = sockets.send(FakeSocket { path, stream }).await;
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, key)
        .body(Full::default())
        .unwrap()
}

fn plain(status: u16, body: &Value) -> Answer {
    let builder = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    builder.body(Full::from(body.to_string())).unwrap()
}
