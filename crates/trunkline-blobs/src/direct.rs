//! Blobs that go to the store while they come in.

use std::mem;

use async_trait::async_trait;
use bytes::Bytes;
use object_store::MultipartUpload;
use trunkline_storage::{BlobWriter, Error};

use crate::store::{failed, in_time};

/// The store takes pieces of this size: each is a step on another thread.
const PIECE: usize = 256 * 1024;

/// A blob that is coming in, for a store that takes pieces of any size and forgets an upload that is dropped.
pub(crate) struct Direct {
    upload: Box<dyn MultipartUpload>,
    /// What came since the last piece. Copied, because a client may send byte by byte.
    gathered: Vec<u8>,
}

impl Direct {
    pub(crate) fn new(upload: Box<dyn MultipartUpload>) -> Self {
        Self { upload, gathered: Vec::new() }
    }

    async fn put(&mut self) -> Result<(), Error> {
        let piece = mem::take(&mut self.gathered);
        let put = in_time("write_blob", self.upload.put_part(piece.into())).await?;
        put.map_err(|error| failed("write_blob", error))
    }
}

#[async_trait]
impl BlobWriter for Direct {
    async fn write(&mut self, mut bytes: Bytes) -> Result<(), Error> {
        loop {
            let room = PIECE - self.gathered.len();
            let taken = bytes.split_to(room.min(bytes.len()));
            self.gathered.extend_from_slice(&taken);
            if self.gathered.len() < PIECE {
                return Ok(());
            }
            self.put().await?;
        }
    }

    async fn finish(mut self: Box<Self>) -> Result<(), Error> {
        if !self.gathered.is_empty() {
            self.put().await?;
        }
        let done = in_time("write_blob", self.upload.complete()).await?;
        done.map(drop).map_err(|error| failed("write_blob", error))
    }
}
