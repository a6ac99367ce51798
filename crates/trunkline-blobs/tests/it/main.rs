//! Both kinds of store against the contract: a folder, and a server that speaks S3.
#![expect(clippy::unwrap_used, reason = "tests")]

mod s3_server;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use tempfile::TempDir;
use trunkline_blobs::{ObjectBlobs, S3Options};
use trunkline_model::{BlobKey, Secret};
use trunkline_storage::Blobs;
use trunkline_storage::testing::samples::brand;
use uuid::Uuid;

use s3_server::S3Server;

async fn in_folder() -> (Arc<dyn Blobs>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Arc::new(ObjectBlobs::in_folder(folder.path()).unwrap()), folder)
}

async fn in_s3() -> (Arc<dyn Blobs>, (S3Server, TempDir)) {
    let server = S3Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let blobs = ObjectBlobs::in_s3(server.options(), folder.path()).unwrap();
    (Arc::new(blobs), (server, folder))
}

mod folder {
    use super::in_folder;
    trunkline_storage::blob_suite!(in_folder);
}

mod s3 {
    use super::in_s3;
    trunkline_storage::blob_suite!(in_s3);
}

fn key() -> BlobKey {
    BlobKey::new(&brand(), Uuid::from_u128(1))
}

#[tokio::test]
async fn what_a_dead_process_left_is_removed_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = ObjectBlobs::in_folder(folder.path()).unwrap();
    let mut writer = blobs.create(&key()).await.unwrap();
    writer.write(Bytes::from_static(b"whole")).await.unwrap();
    writer.finish().await.unwrap();
    let objects = folder.path().join("objects").join("10020030");
    let half = objects.join("00000000-0000-0000-0000-000000000002#1");
    std::fs::write(&half, "half").unwrap();
    drop(blobs);
    let blobs = ObjectBlobs::in_folder(folder.path()).unwrap();
    assert!(!half.exists());
    assert!(blobs.open(&key(), 0..5).await.unwrap().is_some());
}

/// The files below a folder.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
}

#[tokio::test]
async fn half_an_upload_is_removed_when_it_is_dropped_or_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = ObjectBlobs::in_folder(folder.path()).unwrap();
    for ends_with_the_process in [false, true] {
        let mut writer = blobs.create(&key()).await.unwrap();
        writer.write(vec![7; 1 << 20].into()).await.unwrap();
        assert_eq!(files(folder.path()), 1);
        if ends_with_the_process {
            std::mem::forget(writer);
            ObjectBlobs::in_folder(folder.path()).unwrap();
        } else {
            drop(writer);
            // Removed on another thread.
            while files(folder.path()) > 0 {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(files(folder.path()), 0);
    }
}

#[tokio::test]
async fn what_waits_for_s3_has_no_name() {
    let server = S3Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let blobs = ObjectBlobs::in_s3(server.options(), folder.path()).unwrap();
    let mut writer = blobs.create(&key()).await.unwrap();
    writer.write(Bytes::from_static(b"half")).await.unwrap();
    assert_eq!(files(folder.path()), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn others_cannot_look_into_the_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("files");
    ObjectBlobs::in_folder(&folder).unwrap();
    let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn a_store_that_refuses_is_an_error_and_not_an_empty_one() {
    let server = S3Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let options = S3Options { secret_key: Secret::new("another".to_owned()), ..server.options() };
    let blobs = ObjectBlobs::in_s3(options, folder.path()).unwrap();
    assert!(blobs.open(&key(), 0..1).await.is_err());
    let mut writer = blobs.create(&key()).await.unwrap();
    writer.write(Bytes::from_static(b"x")).await.unwrap();
    assert!(writer.finish().await.is_err());
}

#[test]
fn the_secret_key_does_not_show() {
    let options = S3Options {
        endpoint: "http://127.0.0.1:1".to_owned(),
        bucket: "files".to_owned(),
        region: "us-east-1".to_owned(),
        access_key: "trunkline".to_owned(),
        secret_key: Secret::new("wJalrXUtnFEMI".to_owned()),
    };
    assert!(!format!("{options:?}").contains("wJalr"));
    let folder = tempfile::tempdir().unwrap();
    let blobs = ObjectBlobs::in_s3(options, folder.path()).unwrap();
    assert!(!format!("{blobs:?}").contains("wJalr"));
}
