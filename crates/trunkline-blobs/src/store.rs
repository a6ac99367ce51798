//! Blobs in an object store.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _};
use trunkline_model::BlobKey;
use trunkline_storage::{BlobReader, BlobWriter, Blobs, Error};

use crate::direct::Direct;
use crate::reader::Outgoing;
use crate::s3::Bucket;
use crate::spool::Spool;
use crate::{S3Options, local};

/// How long one step of the store may take; the next piece of a blob is a step.
const STEP: Duration = Duration::from_mins(1);

/// Blobs in an object store.
pub struct ObjectBlobs {
    store: Arc<dyn ObjectStore>,
    way: Way,
}

/// How blobs come into the store.
enum Way {
    /// Piece by piece, as they come.
    Direct,
    /// Once they are complete.
    Spooled { folder: PathBuf, bucket: Arc<Bucket> },
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
        Ok(Self { store: local::open(folder)?, way: Way::Direct })
    }

    /// Keeps blobs in a store that speaks S3. What comes in waits in `folder` until it is complete. Blocks; does not
    /// call the store.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn in_s3(options: S3Options, folder: &FsPath) -> Result<Self, OpenError> {
        let bucket = Arc::new(Bucket::open(options).map_err(OpenError::Options)?);
        let folder = local::create(&folder.join("incoming"))?;
        Ok(Self { store: bucket.store(), way: Way::Spooled { folder, bucket } })
    }
}

impl fmt::Debug for ObjectBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectBlobs({})", self.store)
    }
}

pub(crate) fn failed(
    operation: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::Backend { operation, source: source.into() }
}

/// Bounds a step of the store.
pub(crate) async fn in_time<T, E>(
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
    async fn create(&self, blob: &BlobKey) -> Result<Box<dyn BlobWriter>, Error> {
        let location = location(blob);
        match &self.way {
            Way::Direct => {
                let begun = in_time("create_blob", self.store.put_multipart(&location)).await?;
                Ok(Box::new(Direct::new(begun.map_err(|error| failed("create_blob", error))?)))
            }
            Way::Spooled { folder, bucket } => {
                Ok(Box::new(Spool::new(folder, Arc::clone(bucket), location).await?))
            }
        }
    }

    async fn open(&self, blob: &BlobKey, range: Range<u64>) -> Result<Option<Box<dyn BlobReader>>, Error> {
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        match in_time("open_blob", self.store.get_opts(&location(blob), options)).await? {
            Ok(found) => Ok(Some(Box::new(Outgoing::new(found)?))),
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
