//! The behaviour that every store of bytes must show. A backend's tests call
//! [`blob_suite!`](crate::blob_suite) with an async function that makes an empty one.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use tokio::task::JoinSet;
use trunkline_model::BlobKey;
use uuid::Uuid;

use super::samples::brand;
use crate::Blobs;

/// Makes one test of each case. `$fresh` is an async function without arguments that returns an empty store as
/// `Arc<dyn Blobs>` and something that keeps it alive.
#[macro_export]
macro_rules! blob_suite {
    ($fresh:expr) => {
        $crate::blob_suite! { @cases $fresh;
            a_blob_comes_back_as_it_was, a_part_of_a_blob_is_read, an_unknown_blob_is_none, a_deleted_blob_is_gone,
            what_is_not_finished_is_not_there, large_blobs_come_in_pieces, blobs_do_not_mix_under_concurrency,
            a_reader_gets_what_it_opened,
        }
    };
    (@cases $fresh:expr; $($case:ident,)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            let (blobs, _guard) = $fresh().await;
            $crate::testing::blobs::$case(blobs).await;
        })+
    };
}

fn key(number: u128) -> BlobKey {
    BlobKey::new(&brand(), Uuid::from_u128(number))
}

/// Bytes in which every place is told from its neighbours.
fn bytes(seed: u8, size: usize) -> Vec<u8> {
    let byte = |number: usize| number.to_le_bytes()[0];
    (0..size).map(|place| byte(place % 251) ^ byte(place / 251) ^ seed).collect()
}

async fn put(blobs: &dyn Blobs, number: u128, content: &[u8], piece: usize) {
    let mut writer = blobs.create(&key(number)).await.expect("begun");
    for piece in content.chunks(piece) {
        writer.write(Bytes::copy_from_slice(piece)).await.expect("written");
    }
    writer.finish().await.expect("stored");
}

async fn get(blobs: &dyn Blobs, number: u128, range: Range<usize>) -> Option<Vec<u8>> {
    let range = range.start as u64..range.end as u64;
    let mut reader = blobs.open(&key(number), range).await.expect("opened")?;
    let mut content = Vec::new();
    while let Some(piece) = reader.next().await.expect("read") {
        content.extend_from_slice(&piece);
    }
    Some(content)
}

/// Small or large, in one piece or many.
pub async fn a_blob_comes_back_as_it_was(blobs: Arc<dyn Blobs>) {
    for (number, size, piece) in [(1, 1, 1), (2, 10, 3), (3, 65_536, 65_536), (4, 200_001, 4096)] {
        let content = bytes(7, size);
        put(&*blobs, number, &content, piece).await;
        assert!(get(&*blobs, number, 0..size).await == Some(content), "{size} bytes");
    }
}

/// From the beginning, the middle, the end.
pub async fn a_part_of_a_blob_is_read(blobs: Arc<dyn Blobs>) {
    let content = bytes(1, 100_000);
    put(&*blobs, 1, &content, 10_000).await;
    for range in [0..1, 0..99_999, 1..2, 65_535..65_537, 99_999..100_000] {
        assert!(
            get(&*blobs, 1, range.clone()).await.as_deref() == Some(&content[range.clone()]),
            "{range:?}"
        );
    }
}

/// What was never stored is not there, and deleting it is no error.
pub async fn an_unknown_blob_is_none(blobs: Arc<dyn Blobs>) {
    assert_eq!(get(&*blobs, 1, 0..1).await, None);
    blobs.delete(&key(1)).await.expect("nothing to do");
}

/// Only the one that is named goes.
pub async fn a_deleted_blob_is_gone(blobs: Arc<dyn Blobs>) {
    put(&*blobs, 1, b"one", 3).await;
    put(&*blobs, 2, b"two", 3).await;
    blobs.delete(&key(1)).await.expect("deleted");
    assert_eq!(get(&*blobs, 1, 0..3).await, None);
    assert_eq!(get(&*blobs, 2, 0..3).await.as_deref(), Some(&b"two"[..]));
    blobs.delete(&key(1)).await.expect("nothing to do");
}

/// A writer that is dropped leaves nothing.
pub async fn what_is_not_finished_is_not_there(blobs: Arc<dyn Blobs>) {
    let mut writer = blobs.create(&key(1)).await.expect("begun");
    writer.write(Bytes::from_static(b"half")).await.expect("written");
    assert_eq!(get(&*blobs, 1, 0..4).await, None);
    drop(writer);
    assert_eq!(get(&*blobs, 1, 0..4).await, None);
}

/// A reader does not hold it all at once.
pub async fn large_blobs_come_in_pieces(blobs: Arc<dyn Blobs>) {
    let content = bytes(3, 3_145_728);
    put(&*blobs, 1, &content, 16_384).await;
    let mut reader = blobs.open(&key(1), 0..3_145_728).await.expect("opened").expect("there");
    let mut read = Vec::new();
    while let Some(piece) = reader.next().await.expect("read") {
        assert!(piece.len() < content.len(), "{} bytes in one piece", piece.len());
        read.extend_from_slice(&piece);
    }
    assert!(read == content);
}

/// Many at the same time.
pub async fn blobs_do_not_mix_under_concurrency(blobs: Arc<dyn Blobs>) {
    let mut uploads = JoinSet::new();
    for number in 0..12_u8 {
        let blobs = Arc::clone(&blobs);
        uploads.spawn(async move {
            let content = bytes(number, 150_000);
            put(&*blobs, number.into(), &content, 7000).await;
            assert!(get(&*blobs, number.into(), 0..150_000).await == Some(content));
        });
    }
    uploads.join_all().await;
}

/// A key is not given twice; another blob does not disturb a reader.
pub async fn a_reader_gets_what_it_opened(blobs: Arc<dyn Blobs>) {
    let content = bytes(5, 300_000);
    put(&*blobs, 1, &content, 50_000).await;
    let mut reader = blobs.open(&key(1), 0..300_000).await.expect("opened").expect("there");
    let mut read = reader.next().await.expect("read").expect("a piece").to_vec();
    put(&*blobs, 2, &bytes(6, 300_000), 50_000).await;
    while let Some(piece) = reader.next().await.expect("read") {
        read.extend_from_slice(&piece);
    }
    assert!(read == content);
}
