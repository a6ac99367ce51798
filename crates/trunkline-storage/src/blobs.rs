//! Where the bytes of shared files are.

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use trunkline_model::BlobKey;

use crate::Error;

/// A store of bytes by key. Every key is written once and then only read or deleted.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Begins to take the bytes of a blob, which nobody can read before [`BlobWriter::finish`].
    async fn create(&self, blob: &BlobKey) -> Result<Box<dyn BlobWriter>, Error>;

    /// Reads a part of a blob; `None` when there is no such blob. `range` is not empty and inside the blob.
    async fn open(&self, blob: &BlobKey, range: Range<u64>) -> Result<Option<Box<dyn BlobReader>>, Error>;

    /// Deletes a blob; one that is not there is no error. Who reads it may or may not get to its end.
    async fn delete(&self, blob: &BlobKey) -> Result<(), Error>;
}

/// Takes the bytes of one blob. Dropping it leaves nothing.
#[async_trait]
pub trait BlobWriter: Send {
    /// Takes the next bytes.
    async fn write(&mut self, bytes: Bytes) -> Result<(), Error>;

    /// Makes what was written readable, all at once. Durable when it returns.
    async fn finish(self: Box<Self>) -> Result<(), Error>;
}

/// Gives the bytes of one blob, piece by piece.
#[async_trait]
pub trait BlobReader: Send {
    /// The next piece; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Error>;
}
