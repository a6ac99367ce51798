//! A server that speaks S3, on loopback and over a temporary folder. It checks signatures and digests.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use trunkline_blobs::S3Options;
use trunkline_model::Secret;

const BUCKET: &str = "trunkline-files";
const ACCESS_KEY: &str = "trunkline";
const SECRET_KEY: &str = "the secret key, in tests only";

/// The server; it ends when it is dropped.
pub(crate) struct S3Server {
    endpoint: String,
    faults: Arc<Faults>,
    _accepting: JoinSet<()>,
    _folder: TempDir,
}

/// What goes wrong on purpose.
#[derive(Default)]
pub(crate) struct Faults {
    /// So many connections end in the middle of a request.
    pub(crate) broken: AtomicUsize,
    /// What the next objects that are put are answered instead of being taken, and where that leads.
    pub(crate) refusals: Mutex<VecDeque<(u16, &'static str)>>,
    /// Every attempt to put an object that came to an answer is counted.
    pub(crate) puts: AtomicUsize,
}

fn takes_one(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

impl S3Server {
    /// Starts one with an empty bucket.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let faults = Arc::new(Faults::default());
        let known = Arc::clone(&faults);
        let mut accepting = JoinSet::new();
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut socket, _)) = listener.accept().await {
                if takes_one(&known.broken) {
                    // Past the head of the request, into the body.
                    socket.read_exact(&mut [0; 4096]).await.ok();
                    continue;
                }
                let (service, faults) = (service.clone(), Arc::clone(&known));
                connections.spawn(async move {
                    let answered = service_fn(|request| answer(&service, &faults, request));
                    http1::Builder::new().serve_connection(TokioIo::new(socket), answered).await.ok()
                });
            }
        });
        Self { endpoint, faults, _accepting: accepting, _folder: folder }
    }

    /// To make things go wrong.
    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// How to reach it.
    pub(crate) fn options(&self) -> S3Options {
        S3Options {
            endpoint: self.endpoint.clone(),
            bucket: BUCKET.to_owned(),
            region: "us-east-1".to_owned(),
            access_key: ACCESS_KEY.to_owned(),
            secret_key: Secret::new(SECRET_KEY.to_owned()),
        }
    }
}

async fn answer(
    service: &S3Service,
    faults: &Faults,
    request: Request<Incoming>,
) -> Result<Response<s3s::Body>, Infallible> {
    if request.method() == Method::PUT {
        faults.puts.fetch_add(1, Ordering::Relaxed);
        let refusal = faults.refusals.lock().unwrap().pop_front();
        if let Some((status, body)) = refusal {
            request.into_body().collect().await.ok();
            let refusal = Response::builder().status(status).header("location", "/elsewhere");
            return Ok(refusal.body(s3s::Body::from(body.to_owned())).unwrap());
        }
    }
    Ok(service.call(request.map(s3s::Body::from)).await.unwrap())
}
