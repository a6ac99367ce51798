//! One upload. Source: spec 07 §3.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use trunkline_model::{BlobKey, FileContent};
use trunkline_storage::{self as storage, BlobWriter};
use trunkline_wire::files::{FilePath, ImageType};

use super::places::Place;
use super::{Files, UploadPermit};
use crate::Error;

/// More time than the store takes for bytes that are complete; after it they are given up.
pub(super) const HANDOVER: Duration = Duration::from_mins(10);

/// The bytes of a file that are coming in. Dropping it leaves nothing.
pub struct Upload {
    files: Arc<Files>,
    path: FilePath,
    blob: BlobKey,
    writer: Box<dyn BlobWriter>,
    head: [u8; ImageType::HEAD_BYTES],
    size: u64,
    _place: Place,
}

/// An upload that was not accepted. Nothing of it can be read.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// More bytes than allowed.
    #[error("the file is too large")]
    TooLarge,
    /// The bytes are no JPEG, PNG or GIF.
    #[error("the file is no JPEG, PNG or GIF")]
    Unsupported,
    /// Nobody waits for the file any more.
    #[error("the file is gone")]
    Gone,
    /// Trouble on our side.
    #[error(transparent)]
    Service(#[from] Error),
}

impl From<storage::Error> for UploadError {
    fn from(error: storage::Error) -> Self {
        Self::Service(error.into())
    }
}

impl Files {
    /// Begins an upload of `announced` bytes, if their number is known.
    ///
    /// # Errors
    /// [`UploadError`]; [`Error::Overloaded`] when too many are under way, of all files or of this one.
    pub async fn upload(
        self: &Arc<Self>,
        permit: UploadPermit,
        announced: Option<u64>,
    ) -> Result<Upload, UploadError> {
        if announced.is_some_and(|size| size > self.options.max_bytes) {
            return Err(UploadError::TooLarge);
        }
        let place = self.uploads.take(&permit.0).ok_or(Error::Overloaded)?;
        if self.parts.storage.file(&permit.0).await?.is_none() {
            return Err(UploadError::Gone);
        }
        let blob = BlobKey::new(permit.0.account(), self.uuid());
        Ok(Upload {
            files: Arc::clone(self),
            path: permit.0,
            writer: self.parts.blobs.create(&blob).await?,
            blob,
            head: [0; ImageType::HEAD_BYTES],
            size: 0,
            _place: place,
        })
    }

    /// Deletes complete bytes that are no file's at once: whoever was to have them may have been erased meanwhile. What
    /// cannot be deleted is left to the sweep.
    async fn drop_bytes(&self, blob: BlobKey) {
        let dropped = match self.parts.blobs.delete(&blob).await {
            Ok(()) => self.parts.storage.forget_blobs(vec![blob]).await,
            Err(error) => Err(error),
        };
        if let Err(error) = dropped {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "cannot delete the bytes of an upload that nobody waits for");
        }
    }
}

impl Upload {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`UploadError`], as soon as it is certain.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), UploadError> {
        let before = self.size;
        self.size = before.saturating_add(bytes.len() as u64);
        if self.size > self.files.options.max_bytes {
            return Err(UploadError::TooLarge);
        }
        if let Some(rest) = usize::try_from(before).ok().and_then(|before| self.head.get_mut(before..))
            && !rest.is_empty()
        {
            let taken = rest.len().min(bytes.len());
            rest[..taken].copy_from_slice(&bytes[..taken]);
            if taken == rest.len() {
                self.image()?;
            }
        }
        Ok(self.writer.write(bytes).await?)
    }

    /// Makes the bytes the content of the file, all at once.
    ///
    /// # Errors
    /// [`UploadError`]
    pub async fn finish(self) -> Result<u64, UploadError> {
        let image = self.image()?;
        let Self { files, path, blob, writer, size, .. } = self;
        let parts = &files.parts;
        parts.storage.stage_blob(&blob, parts.clock.now().plus(HANDOVER)).await?;
        writer.finish().await?;
        let uploaded_at = parts.clock.now();
        let content = FileContent { blob: blob.clone(), image, size, uploaded_at };
        match parts.storage.set_file_content(&path, content).await {
            Ok(()) => Ok(size),
            Err(storage::Error::NotFound | storage::Error::Conflict) => {
                files.drop_bytes(blob).await;
                Err(UploadError::Gone)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What the bytes are, by those that are there.
    fn image(&self) -> Result<ImageType, UploadError> {
        let seen = usize::try_from(self.size).unwrap_or(usize::MAX).min(self.head.len());
        ImageType::of_head(&self.head[..seen]).ok_or(UploadError::Unsupported)
    }
}
