//! Blobs that wait until they are complete before they go to S3.

use std::io;
use std::path::Path as FsPath;
use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use object_store::path::Path;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use trunkline_storage::{BlobWriter, Error};

use crate::complete::Complete;
use crate::s3::{Bucket, PutError};
use crate::store::failed;

/// A blob that is coming in.
pub(crate) struct Spool {
    file: File,
    /// Bytes of it.
    size: u64,
    /// The SHA-256 of it: S3 wants to know it before the first byte.
    digest: Context,
    bucket: Arc<Bucket>,
    location: Path,
}

impl Spool {
    /// A blob whose bytes wait in `folder`, in a file without a name: it is gone with this process, however that ends.
    pub(crate) async fn new(folder: &FsPath, bucket: Arc<Bucket>, location: Path) -> Result<Self, Error> {
        let folder = folder.to_owned();
        let made = tokio::task::spawn_blocking(move || tempfile::tempfile_in(folder)).await;
        let file = made.map_err(io::Error::from).flatten().map_err(|error| failed("create_blob", error))?;
        Ok(Self { file: File::from_std(file), size: 0, digest: Context::new(&SHA256), bucket, location })
    }
}

#[async_trait]
impl BlobWriter for Spool {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.digest.update(&bytes);
        self.size += bytes.len() as u64;
        self.file.write_all(&bytes).await.map_err(|error| failed("write_blob", error))
    }

    async fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.file.flush().await.map_err(|error| failed("write_blob", error))?;
        let blob = Complete::new(self.file.into_std().await, self.size, self.digest.finish());
        match self.bucket.put(&self.location, &blob).await {
            Ok(()) => Ok(()),
            Err(PutError::Busy) => Err(Error::Overloaded),
            Err(error) => Err(failed("write_blob", error)),
        }
    }
}
