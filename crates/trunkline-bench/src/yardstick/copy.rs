//! The bare copier: axum on one thread, a body streamed into a file that is whole on the disk before the answer, and streamed
//! back. As durable as what is measured; no signature, no digest, no look at the bytes.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::extract::{self, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::put;
use axum::serve::ListenerExt as _;
use futures_util::{StreamExt as _, stream};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{announce, without_delay};

/// Bytes read from a file at once.
const PIECE: usize = 64 * 1024;

/// Serves the copier until the process is ended; prints the address first. Files are kept in `folder` under their numbers,
/// which are the paths.
///
/// # Errors
/// When the folder or the listener cannot be made.
pub fn serve(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        announce(listener.local_addr()?);
        let router = Router::new().route("/{number}", put(store).get(load)).with_state(Arc::from(folder));
        axum::serve(listener.tap_io(without_delay), router).await?;
        Ok(())
    })
}

async fn store(
    State(folder): State<Arc<Path>>,
    extract::Path(number): extract::Path<u32>,
    body: Body,
) -> StatusCode {
    match write(&folder, number, body).await {
        Ok(()) => StatusCode::CREATED,
        Err(error) => {
            eprintln!("file {number} was not stored: {error}");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

async fn write(folder: &Path, number: u32, body: Body) -> io::Result<()> {
    let unfinished = folder.join(format!("{number}.part"));
    let mut file = File::create(&unfinished).await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        file.write_all(&piece.map_err(io::Error::other)?).await?;
    }
    file.flush().await?;
    file.sync_all().await?;
    tokio::fs::rename(&unfinished, folder.join(number.to_string())).await?;
    // The new name is on the disk with its folder only.
    File::open(folder).await?.sync_all().await
}

async fn load(
    State(folder): State<Arc<Path>>,
    extract::Path(number): extract::Path<u32>,
) -> Result<impl IntoResponse, StatusCode> {
    let file = File::open(folder.join(number.to_string())).await.map_err(|_| StatusCode::NOT_FOUND)?;
    let size = file.metadata().await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?.len();
    let pieces = stream::try_unfold(file, |mut file| async move {
        let mut piece = Vec::with_capacity(PIECE);
        let read = file.read_buf(&mut piece).await?;
        Ok::<_, io::Error>((read > 0).then_some((piece, file)))
    });
    Ok(([(header::CONTENT_LENGTH, size)], Body::from_stream(pieces)))
}
