//! A server that speaks S3, on loopback and over a temporary folder. It checks signatures.

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
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
    _accepting: JoinSet<()>,
    _folder: TempDir,
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
        let mut accepting = JoinSet::new();
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(socket), service.clone());
                connections.spawn(async move { connection.await.ok() });
            }
        });
        Self { endpoint, _accepting: accepting, _folder: folder }
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
