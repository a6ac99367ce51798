//! Blobs that go to the store while they come in.

use std::mem;

use async_trait::async_trait;
use bytes::Bytes;
use object_store::{MultipartUpload, PutPayload};
use trunkline_storage::{BlobWriter, Error};

use crate::store::{failed, in_time};

/// The store takes pieces of about this size: each is a step on another thread.
const PIECE: usize = 256 * 1024;
/// What comes in smaller parts is put together. A client may send byte by byte, and each part has its cost.
const PART: usize = 4 * 1024;

/// A blob that is coming in, for a store that takes pieces of any size and forgets an upload that is dropped.
pub(crate) struct Direct {
    upload: Box<dyn MultipartUpload>,
    /// What came since the last piece…
    parts: Vec<Bytes>,
    /// …and at its end in small parts.
    rest: Vec<u8>,
    /// Bytes of both.
    size: usize,
}

impl Direct {
    pub(crate) fn new(upload: Box<dyn MultipartUpload>) -> Self {
        Self { upload, parts: Vec::new(), rest: Vec::new(), size: 0 }
    }

    fn put_together(&mut self) {
        if !self.rest.is_empty() {
            self.parts.push(mem::take(&mut self.rest).into());
        }
    }

    async fn put(&mut self) -> Result<(), Error> {
        self.put_together();
        self.size = 0;
        let piece: PutPayload = mem::take(&mut self.parts).into_iter().collect();
        let put = in_time("write_blob", self.upload.put_part(piece)).await?;
        put.map_err(|error| failed("write_blob", error))
    }
}

#[async_trait]
impl BlobWriter for Direct {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.size += bytes.len();
        if bytes.len() < PART {
            self.rest.extend_from_slice(&bytes);
        } else {
            self.put_together();
            self.parts.push(bytes);
        }
        if self.size < PIECE { Ok(()) } else { self.put().await }
    }

    async fn finish(mut self: Box<Self>) -> Result<(), Error> {
        if self.size > 0 {
            self.put().await?;
        }
        let done = in_time("write_blob", self.upload.complete()).await?;
        done.map(drop).map_err(|error| failed("write_blob", error))
    }
}
