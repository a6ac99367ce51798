//! Where the bytes of shared files are.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use trunkline_blobs::{ObjectBlobs, S3Options};
use trunkline_model::Secret;
use trunkline_storage::Blobs;

use crate::config::{FileStore, Files, Settings};
use crate::data_dir::DataDir;
use crate::failure::{Exit, Failure};

/// Opens the store of bytes that the configuration names.
pub(super) async fn open(settings: &Settings, data_dir: &DataDir) -> Result<Arc<dyn Blobs>, Failure> {
    let folder = data_dir.files_folder();
    let options = match settings.files.store {
        FileStore::Local => None,
        FileStore::S3 => Some(settings.files.s3_options(secret_key(&settings.files)?)),
    };
    let opened = tokio::task::spawn_blocking(move || opened(options, &folder)).await;
    let blobs = opened.context("opening the store of files panicked")?;
    Ok(Arc::new(blobs.context("cannot open the store of files")?))
}

fn opened(options: Option<S3Options>, folder: &Path) -> Result<ObjectBlobs, trunkline_blobs::OpenError> {
    match options {
        None => ObjectBlobs::in_folder(folder),
        Some(options) => ObjectBlobs::in_s3(options, folder),
    }
}

fn secret_key(files: &Files) -> Result<Secret, Failure> {
    if let Some(key) = &files.s3_secret_key {
        return Ok(Secret::new(key.expose().to_owned()));
    }
    let path = files.s3_secret_key_file.clone().unwrap_or_default();
    let read = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read the secret key of the bucket {}", path.display()));
    let text = read.map_err(|error| Failure::new(Exit::Usage, error))?;
    Ok(Secret::new(text.trim().to_owned()))
}
