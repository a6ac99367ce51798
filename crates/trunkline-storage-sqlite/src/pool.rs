//! Read-only connections on blocking threads.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;
use trunkline_storage::Error;

use crate::connection;
use crate::failure::{During as _, failed};

/// A few connections that read committed data. They are opened when first needed.
#[derive(Debug)]
pub(crate) struct Pool {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Pool {
    /// A pool of at most `size` connections.
    pub(crate) fn new(path: PathBuf, size: usize) -> Self {
        Self { path, permits: Arc::new(Semaphore::new(size.max(1))), idle: Arc::default() }
    }

    /// Reads on a blocking thread.
    pub(crate) async fn read<T, F>(&self, operation: &'static str, read: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Error::Closed)?;
        let idle = Arc::clone(&self.idle);
        let known = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let path = known.is_none().then(|| self.path.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let connection = match (known, path) {
                (Some(connection), _) => connection,
                (None, Some(path)) => connection::reader(&path).during(operation)?,
                (None, None) => return Err(failed(operation, "no connection")),
            };
            let found = read(&connection);
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            drop(permit);
            found
        });
        reading.await.unwrap_or_else(|_| Err(failed(operation, "the reading thread ended early")))
    }
}
