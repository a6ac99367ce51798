//! Downloads. Source: spec 07 §6.

use std::ops::Range;

use trunkline_model::FileContent;
use trunkline_storage::BlobReader;
use trunkline_wire::EpochMillis;
use trunkline_wire::files::{FilePath, ImageType};

use super::{DownloadPermit, Files};
use crate::Error;

/// A file that is there.
#[derive(Debug, Clone)]
pub struct StoredFile {
    path: FilePath,
    content: FileContent,
}

impl StoredFile {
    /// Its path.
    pub fn path(&self) -> &FilePath {
        &self.path
    }

    /// What the bytes are.
    pub fn image(&self) -> ImageType {
        self.content.image
    }

    /// How many bytes, never 0.
    pub fn size(&self) -> u64 {
        self.content.size
    }

    /// What no other upload has: the bytes of one are never changed.
    pub fn version(&self) -> &str {
        self.content.blob.unique()
    }

    /// When the upload was complete.
    pub fn uploaded_at(&self) -> EpochMillis {
        self.content.uploaded_at
    }
}

impl Files {
    /// The file of a signed URL; `None` when nothing was uploaded, or it was removed.
    ///
    /// # Errors
    /// Trouble with the store.
    pub async fn stored(&self, permit: &DownloadPermit) -> Result<Option<StoredFile>, Error> {
        let file = self.parts.storage.file(&permit.0).await?;
        let content = file.and_then(|file| file.content);
        Ok(content.map(|content| StoredFile { path: permit.0.clone(), content }))
    }

    /// Reads a part of a file, which is not empty and inside it; `None` when the bytes were replaced or removed since they
    /// were looked up.
    ///
    /// # Errors
    /// Trouble with the store of bytes.
    pub async fn read(
        &self,
        file: &StoredFile,
        range: Range<u64>,
    ) -> Result<Option<Box<dyn BlobReader>>, Error> {
        Ok(self.parts.blobs.open(&file.content.blob, range).await?)
    }
}
