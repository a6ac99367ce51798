//! Blobs in an object store.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use trunkline_model::BlobKey;
use trunkline_storage::{BlobReader, BlobWriter, Blobs, Error};

use crate::{S3Options, local, s3};

/// How long one step of the store may take; the next piece of a blob is a step.
const STEP: Duration = Duration::from_mins(1);
/// How many files go to the store at the same time.
const HANDOVERS: usize = 4;

/// Blobs in an object store.
pub struct ObjectBlobs {
    store: Arc<dyn ObjectStore>,
    incoming: PathBuf,
    /// What goes to the store at once; a file that is not larger goes in one request.
    chunk: usize,
    handovers: Arc<Semaphore>,
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A folder cannot be made or cleaned.
    #[error("cannot use the folder {path}")]
    Folder {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The options do not describe a store.
    #[error("the options of the object store are wrong")]
    Options(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ObjectBlobs {
    /// Keeps blobs in a folder of this machine, which no other process uses. Blocks.
    ///
    /// # Errors
    /// [`OpenError::Folder`].
    pub fn in_folder(folder: &FsPath) -> Result<Self, OpenError> {
        let store = local::open(folder)?;
        Self::new(store, folder, local::CHUNK)
    }

    /// Keeps blobs in a store that speaks S3. What comes in waits in `folder` until it is complete. Blocks; does not
    /// call the store.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn in_s3(options: S3Options, folder: &FsPath) -> Result<Self, OpenError> {
        let store = s3::open(options).map_err(|error| OpenError::Options(error.into()))?;
        Self::new(store, folder, s3::CHUNK)
    }

    fn new(store: Arc<dyn ObjectStore>, folder: &FsPath, chunk: usize) -> Result<Self, OpenError> {
        let incoming = local::create(&folder.join("incoming"))?;
        Ok(Self { store, incoming, chunk, handovers: Arc::new(Semaphore::new(HANDOVERS)) })
    }
}

impl fmt::Debug for ObjectBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectBlobs({})", self.store)
    }
}

fn failed(operation: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Backend { operation, source: source.into() }
}

/// Bounds a step of the store.
async fn in_time<T, E>(
    operation: &'static str,
    step: impl Future<Output = Result<T, E>>,
) -> Result<Result<T, E>, Error> {
    tokio::time::timeout(STEP, step).await.map_err(|elapsed| failed(operation, elapsed))
}

fn location(blob: &BlobKey) -> Path {
    Path::from(blob.as_str())
}

#[async_trait]
impl Blobs for ObjectBlobs {
    async fn create(&self) -> Result<Box<dyn BlobWriter>, Error> {
        let folder = self.incoming.clone();
        // Nameless: it is gone with this process, however that ends.
        let made = tokio::task::spawn_blocking(move || tempfile::tempfile_in(folder)).await;
        let file = made.map_err(io::Error::from).flatten().map_err(|error| failed("create_blob", error))?;
        Ok(Box::new(Incoming {
            file: File::from_std(file),
            store: Arc::clone(&self.store),
            chunk: self.chunk,
            handovers: Arc::clone(&self.handovers),
        }))
    }

    async fn open(&self, blob: &BlobKey, range: Range<u64>) -> Result<Option<Box<dyn BlobReader>>, Error> {
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        match in_time("open_blob", self.store.get_opts(&location(blob), options)).await? {
            Ok(found) => Ok(Some(Box::new(Outgoing(found.into_stream())))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("open_blob", error)),
        }
    }

    async fn delete(&self, blob: &BlobKey) -> Result<(), Error> {
        match in_time("delete_blob", self.store.delete(&location(blob))).await? {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("delete_blob", error)),
        }
    }
}

/// A blob that is coming in.
struct Incoming {
    file: File,
    store: Arc<dyn ObjectStore>,
    chunk: usize,
    handovers: Arc<Semaphore>,
}

#[async_trait]
impl BlobWriter for Incoming {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.file.write_all(&bytes).await.map_err(|error| failed("write_blob", error))
    }

    async fn finish(mut self: Box<Self>, blob: &BlobKey) -> Result<(), Error> {
        let rewound = async {
            self.file.flush().await?;
            self.file.rewind().await
        };
        rewound.await.map_err(|error| failed("write_blob", error))?;
        let turn = in_time("write_blob", self.handovers.acquire()).await?;
        let _turn = turn.map_err(|error| failed("write_blob", error))?;
        let mut there = BufWriter::with_capacity(Arc::clone(&self.store), location(blob), self.chunk)
            .with_max_concurrency(1);
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

/// A blob that is going out.
struct Outgoing(BoxStream<'static, object_store::Result<Bytes>>);

#[async_trait]
impl BlobReader for Outgoing {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let next = tokio::time::timeout(STEP, self.0.next()).await;
        let next = next.map_err(|elapsed| failed("read_blob", elapsed))?;
        next.transpose().map_err(|error| failed("read_blob", error))
    }
}
