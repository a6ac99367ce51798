//! Blobs that wait until they are complete before they go to the store.

use std::io;
use std::path::Path as FsPath;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use object_store::ObjectStore;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use trunkline_storage::{BlobWriter, Error};

use crate::store::{failed, in_time};

/// A blob that is coming in.
pub(crate) struct Spool {
    file: File,
    store: Arc<dyn ObjectStore>,
    location: Path,
    /// What goes to the store at once; a blob that is not larger goes in one request.
    chunk: usize,
    /// How many blobs may go to the store at the same time.
    handovers: Arc<Semaphore>,
}

impl Spool {
    /// A blob whose bytes wait in `folder`, in a file without a name: it is gone with this process, however that ends.
    pub(crate) async fn new(
        folder: &FsPath,
        store: Arc<dyn ObjectStore>,
        location: Path,
        chunk: usize,
        handovers: Arc<Semaphore>,
    ) -> Result<Self, Error> {
        let folder = folder.to_owned();
        let made = tokio::task::spawn_blocking(move || tempfile::tempfile_in(folder)).await;
        let file = made.map_err(io::Error::from).flatten().map_err(|error| failed("create_blob", error))?;
        Ok(Self { file: File::from_std(file), store, location, chunk, handovers })
    }
}

#[async_trait]
impl BlobWriter for Spool {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.file.write_all(&bytes).await.map_err(|error| failed("write_blob", error))
    }

    async fn finish(mut self: Box<Self>) -> Result<(), Error> {
        let rewound = async {
            self.file.flush().await?;
            self.file.rewind().await
        };
        rewound.await.map_err(|error| failed("write_blob", error))?;
        let turn = in_time("write_blob", self.handovers.acquire()).await?;
        let _turn = turn.map_err(|error| failed("write_blob", error))?;
        let mut there =
            BufWriter::with_capacity(self.store, self.location, self.chunk).with_max_concurrency(1);
        let copied = in_time("write_blob", tokio::io::copy(&mut self.file, &mut there)).await;
        if matches!(copied, Ok(Ok(_))) {
            // From here on the writer cannot be told to abort any more: it has made its last step or failed at it.
            let done = in_time("write_blob", there.shutdown()).await?;
            return done.map_err(|error| failed("write_blob", error));
        }
        if let Err(error) = in_time("write_blob", there.abort()).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "cannot abort the upload to the store");
        }
        copied?.map(drop).map_err(|error| failed("write_blob", error))
    }
}
