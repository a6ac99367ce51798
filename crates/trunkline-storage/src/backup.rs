//! Copies of a whole store.

use std::path::{Path, PathBuf};

use async_trait::async_trait;

use trunkline_model::LogPosition;

use crate::Error;

/// Copies of a whole store, made while it serves.
#[async_trait]
pub trait Backup: Send + Sync {
    /// Copies everything that was durable when this was called, and nothing half, into one file. Neither reading nor writing
    /// waits for it.
    ///
    /// # Errors
    /// The backend's, such as a full disk; [`Error::Unsupported`] from a backend whose own tools are to be used. Nothing is
    /// left behind.
    async fn copy(&self) -> Result<StoreCopy, Error>;
}

/// A copy of a store. The file goes away with this value.
#[derive(Debug)]
pub struct StoreCopy {
    path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// The place of the last log entry in it.
    pub position: LogPosition,
}

impl StoreCopy {
    /// Takes over a file, from its beginning.
    pub fn at(path: PathBuf) -> Self {
        Self { path, bytes: 0, position: LogPosition::START }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for StoreCopy {
    fn drop(&mut self) {
        // Whoever opens the store next removes what is left.
        let _ = std::fs::remove_file(&self.path);
    }
}
