//! Blobs that are complete and wait for the store.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::Digest;
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use tokio::sync::watch;

/// A blob goes to the store in pieces of this size: each is a step on another thread.
const PIECE: u64 = 64 * 1024;

/// Changes with each piece that was taken, and closes after the last one.
pub(crate) type Progress = watch::Receiver<()>;

/// A blob in a file.
pub(crate) struct Complete {
    file: Arc<Mutex<File>>,
    /// In bytes.
    size: u64,
    sha256: Digest,
}

impl Complete {
    pub(crate) fn new(file: File, size: u64, sha256: Digest) -> Self {
        Self { file: Arc::new(Mutex::new(file)), size, sha256 }
    }

    /// In bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn sha256(&self) -> &[u8] {
        self.sha256.as_ref()
    }

    /// Its bytes from the beginning, each piece read when it is asked for. There may be more than one such stream: an
    /// attempt that was given up may still be reading.
    pub(crate) fn pieces(&self) -> (impl Stream<Item = io::Result<Bytes>> + Send + use<>, Progress) {
        let (taken, progress) = watch::channel(());
        let size = self.size;
        let first = (Arc::clone(&self.file), 0, taken);
        let pieces = stream::try_unfold(first, move |(file, place, taken)| async move {
            if place == size {
                return Ok(None);
            }
            taken.send_replace(());
            let length = PIECE.min(size - place);
            let source = Arc::clone(&file);
            let reading = tokio::task::spawn_blocking(move || piece(&source, place, length));
            let bytes = reading.await.map_err(io::Error::from).flatten()?;
            Ok(Some((bytes, (file, place + length, taken))))
        });
        (pieces, progress)
    }
}

fn piece(file: &Mutex<File>, place: u64, length: u64) -> io::Result<Bytes> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    file.seek(SeekFrom::Start(place))?;
    let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    file.read_exact(&mut bytes)?;
    Ok(bytes.into())
}
