//! Blobs on their way out.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::{GetResult, GetResultPayload};
use trunkline_storage::{BlobReader, Error};

use crate::store::{failed, in_time};

/// A file is read in pieces of this size: each is a step on another thread, and a client that reads slowly holds one.
const PIECE: u64 = 64 * 1024;

/// A blob that is going out.
pub(crate) enum Outgoing {
    /// From a file of this machine.
    File {
        /// Where the rest begins; `None` once it could not be read.
        file: Option<File>,
        /// Bytes of the rest.
        left: u64,
    },
    /// As the store sends it.
    Stream(BoxStream<'static, object_store::Result<Bytes>>),
}

impl Outgoing {
    pub(crate) fn new(found: GetResult) -> Result<Self, Error> {
        let range = found.range.clone();
        match found.payload {
            GetResultPayload::File(mut file, _) => {
                file.seek(SeekFrom::Start(range.start)).map_err(|error| failed("open_blob", error))?;
                Ok(Self::File { file: Some(file), left: range.end - range.start })
            }
            GetResultPayload::Stream(stream) => Ok(Self::Stream(stream)),
        }
    }
}

#[async_trait]
impl BlobReader for Outgoing {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        match self {
            Self::File { left: 0, .. } => Ok(None),
            Self::File { file: rest, left } => {
                let file = rest.take().ok_or_else(|| failed("read_blob", "the file could not be read on"))?;
                let size = PIECE.min(*left);
                let reading = tokio::task::spawn_blocking(move || piece(file, size));
                let read = in_time("read_blob", reading).await?;
                let (file, bytes) =
                    read.map_err(io::Error::from).flatten().map_err(|error| failed("read_blob", error))?;
                *rest = Some(file);
                *left -= size;
                Ok(Some(bytes))
            }
            Self::Stream(stream) => {
                let next = in_time("read_blob", async { stream.next().await.transpose() }).await?;
                next.map_err(|error| failed("read_blob", error))
            }
        }
    }
}

fn piece(mut file: File, size: u64) -> io::Result<(File, Bytes)> {
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    let read = (&mut file).take(size).read_to_end(&mut bytes)?;
    if read as u64 == size { Ok((file, bytes.into())) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
