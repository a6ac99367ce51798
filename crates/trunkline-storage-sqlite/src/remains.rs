//! What was erased and may still be in the write-ahead log.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;
use trunkline_storage::Error;

/// What was erased and may still be in the write-ahead log.
#[derive(Debug)]
pub(crate) struct Remains {
    /// How often something was erased.
    erased: AtomicU64,
    /// How much of that is gone from the log; held by who is emptying it.
    gone: Mutex<u64>,
}

impl Remains {
    /// Looks, before the store is opened, whether there is anything in its log. Who closed the store in order left none;
    /// otherwise nobody knows what was erased by then.
    pub(crate) fn find(database: &Path) -> io::Result<Self> {
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        let is_there = match std::fs::metadata(&log) {
            Ok(found) => found.len() > 0,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        Ok(Self { erased: AtomicU64::new(u64::from(is_there)), gone: Mutex::new(0) })
    }

    /// Called after a removal, once it is durable, and with whether there was anything to remove.
    pub(crate) fn note(&self, any: bool) {
        self.erased.fetch_add(u64::from(any), Ordering::Release);
    }

    /// Empties the log, unless nothing is left in it. One at a time: the next one finds what is gone.
    pub(crate) async fn remove(&self, empty: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
        let mut gone = self.gone.lock().await;
        let erased = self.erased.load(Ordering::Acquire);
        if *gone < erased {
            empty.await?;
            *gone = erased;
        }
        Ok(())
    }
}
