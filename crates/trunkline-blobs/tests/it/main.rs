//! Both kinds of store against the contract: a folder, and a server that speaks S3.
#![expect(clippy::unwrap_used, reason = "tests")]

mod s3_server;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

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
async fn a_store_that_refuses_is_an_error_at_once_and_not_an_empty_one() {
    let server = S3Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let options = S3Options { secret_key: Secret::new("another".to_owned()), ..server.options() };
    let blobs = ObjectBlobs::in_s3(options, folder.path()).unwrap();
    assert!(blobs.open(&key(), 0..1).await.is_err());
    let mut writer = blobs.create(&key()).await.unwrap();
    writer.write(Bytes::from_static(b"x")).await.unwrap();
    let error = writer.finish().await.unwrap_err();
    assert!(told(&error).starts_with("the store answered 403 Forbidden: "), "{error:?}");
    assert_eq!(server.faults().puts.load(Ordering::Relaxed), 1);
}

/// 300 000 bytes, in pieces.
async fn put_some(blobs: &ObjectBlobs) -> Result<(), trunkline_storage::Error> {
    let mut writer = blobs.create(&key()).await.unwrap();
    for piece in 0..3 {
        writer.write(vec![piece; 100_000].into()).await.unwrap();
    }
    writer.finish().await
}

async fn is_whole(blobs: &ObjectBlobs) -> bool {
    let mut reader = blobs.open(&key(), 0..300_000).await.unwrap().unwrap();
    let mut content = Vec::new();
    while let Some(piece) = reader.next().await.unwrap() {
        content.extend_from_slice(&piece);
    }
    let piece = |piece| vec![piece; 100_000];
    content == [piece(0), piece(1), piece(2)].concat()
}

#[tokio::test]
async fn a_store_that_fails_for_a_moment_gets_the_blob_again_from_its_beginning() {
    let slow = (400, "<Code>RequestTimeout</Code>");
    for refusals in
        [[(503, "<Code>SlowDown</Code>"), slow], [(409, "<Code>OperationAborted</Code>"), (429, "")]]
    {
        let server = S3Server::start().await;
        let folder = tempfile::tempdir().unwrap();
        let blobs = ObjectBlobs::in_s3(server.options(), folder.path()).unwrap();
        server.faults().broken.store(1, Ordering::Relaxed);
        server.faults().refusals.lock().unwrap().extend(refusals);
        put_some(&blobs).await.unwrap();
        assert_eq!(server.faults().puts.load(Ordering::Relaxed), 3, "and one was cut off");
        assert!(is_whole(&blobs).await);
    }
}

fn told(error: &trunkline_storage::Error) -> String {
    std::error::Error::source(error).unwrap().to_string()
}

#[tokio::test]
async fn a_store_that_goes_on_failing_is_an_error_that_tells_its_answer() {
    let server = S3Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let blobs = ObjectBlobs::in_s3(server.options(), folder.path()).unwrap();
    server.faults().refusals.lock().unwrap().extend([(503, "one\nINFO two\u{1b}[1m"); 4]);
    let error = put_some(&blobs).await.unwrap_err();
    assert_eq!(told(&error), "the store answered 503 Service Unavailable: one INFO two [1m");
    assert!(blobs.open(&key(), 0..1).await.unwrap().is_none());
    put_some(&blobs).await.unwrap();
    assert!(is_whole(&blobs).await);
}

/// A page to sign in, say, which answers 200: nothing was put there.
#[tokio::test]
async fn what_leads_elsewhere_is_no_success() {
    for status in [301, 302, 303, 307, 308] {
        let server = S3Server::start().await;
        let folder = tempfile::tempdir().unwrap();
        let blobs = ObjectBlobs::in_s3(server.options(), folder.path()).unwrap();
        server.faults().refusals.lock().unwrap().push_back((status, ""));
        let error = put_some(&blobs).await.unwrap_err();
        assert!(told(&error).starts_with(&format!("the store answered {status} ")), "{error:?}");
        assert_eq!(server.faults().puts.load(Ordering::Relaxed), 1);
    }
}
