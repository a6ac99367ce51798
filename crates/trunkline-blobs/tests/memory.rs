//! How much memory blobs on their way to S3 take. Alone in its process, so that nothing else counts.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::convert::Infallible;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use trunkline_blobs::{ObjectBlobs, S3Options};
use trunkline_model::{BlobKey, Secret};
use trunkline_storage::Blobs as _;
use trunkline_storage::testing::samples::brand;
use uuid::Uuid;

const BLOBS: usize = 32;
/// So many go to the store at the same time.
const AT_ONCE: usize = 8;
/// Larger than a file may be, so that what else memory is needed for counts for less.
const SIZE: usize = 8 * 1024 * 1024;
/// A third of those that are on their way.
const BOUND: usize = AT_ONCE * SIZE / 3;

/// The most memory that this process had so far, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() * 1024
}

/// Takes no byte of any blob before so many wait.
async fn answer(
    request: Request<Incoming>,
    all: Arc<Barrier>,
) -> Result<Response<Empty<&'static [u8]>>, Infallible> {
    let mut body = request.into_body();
    all.wait().await;
    while let Some(frame) = body.frame().await {
        frame.unwrap();
    }
    Ok(Response::new(Empty::new()))
}

async fn start() -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let all = Arc::new(Barrier::new(AT_ONCE));
    let mut accepting = JoinSet::new();
    accepting.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((socket, _)) = listener.accept().await {
            let all = Arc::clone(&all);
            connections.spawn(async move {
                let answered = service_fn(|request| answer(request, Arc::clone(&all)));
                http1::Builder::new().serve_connection(TokioIo::new(socket), answered).await.ok()
            });
        }
    });
    (endpoint, accepting)
}

#[tokio::test]
async fn no_blob_is_in_memory_as_a_whole() {
    let (endpoint, _accepting) = start().await;
    let folder = tempfile::tempdir().unwrap();
    let options = S3Options {
        endpoint,
        bucket: "files".to_owned(),
        region: "us-east-1".to_owned(),
        access_key: "trunkline".to_owned(),
        secret_key: Secret::new("secret".to_owned()),
    };
    let blobs = Arc::new(ObjectBlobs::in_s3(options, folder.path()).unwrap());
    let before = peak();
    let mut uploads = JoinSet::new();
    for number in 0..BLOBS {
        let blobs = Arc::clone(&blobs);
        uploads.spawn(async move {
            let key = BlobKey::new(&brand(), Uuid::from_u128(number as u128));
            let mut writer = blobs.create(&key).await.unwrap();
            for _ in 0..SIZE / 16_384 {
                writer.write(vec![7; 16_384].into()).await.unwrap();
            }
            writer.finish().await.unwrap();
        });
    }
    uploads.join_all().await;
    let grown = peak() - before;
    assert!(grown < BOUND, "{grown} bytes for {BLOBS} blobs of {SIZE}");
}
