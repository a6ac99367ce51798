//! The store as a whole: opening, reading, writing, closing.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::sync::{Mutex, oneshot};
use trunkline_storage::{Error, Health};

use crate::checkpoint::{self, Checkpoints};
use crate::failure::{During as _, failed};
use crate::log::heads::Heads;
use crate::log::ring::Ring;
use crate::log::{Change, Tombstones, position, recover, times};
use crate::pool::Pool;
use crate::queue::{Closing, Queue};
use crate::remains::Remains;
use crate::writer::{Job, LogJob, Shared, Task, Writer};
use crate::{OpenError, Options, backup, connection, migrations, row};

/// A write this long ago still proves that the store works, unless one failed since.
const HEALTHY: Duration = Duration::from_secs(1);

/// The embedded store. Dropping it lets accepted writes finish, but leaves the index where it is; [`Health::close`] is
/// the orderly way.
#[derive(Debug)]
pub struct SqliteStorage {
    shared: Shared,
    readers: Pool,
    path: PathBuf,
    remains: Remains,
    threads: Mutex<Option<Threads>>,
}

#[derive(Debug)]
struct Threads {
    writer: JoinHandle<()>,
    checkpointer: JoinHandle<()>,
}

impl SqliteStorage {
    /// Opens the store in a directory, creating both when they are not there. Blocks.
    ///
    /// # Errors
    /// [`OpenError`]; a store that was shut down in any way whatever opens again.
    pub fn open(directory: &Path, options: Options) -> Result<Arc<Self>, OpenError> {
        let lock = lock(directory)?;
        let path = directory.join(connection::DATABASE);
        backup::clean(directory);
        connection::create_private(&path).map_err(|source| OpenError::File { path: path.clone(), source })?;
        let remains =
            Remains::find(&path).map_err(|source| OpenError::File { path: path.clone(), source })?;
        let database = |source| OpenError::Database { path: path.clone(), source };
        let mut writer = connection::writer(&path, options.wal_bytes).map_err(database)?;
        let found = migrations::run(&mut writer).map_err(database)?;
        if found > migrations::newest() {
            return Err(OpenError::TooNew { path, found, known: migrations::newest() });
        }

        let heads = Arc::new(Heads::new(options.clean_heads));
        let log = |source| OpenError::Log { path: path.clone(), source };
        let last = recover::run(&writer, &heads).map_err(log)?;
        let times = times::recover(&writer, last).map_err(log)?;
        let ring = Arc::new(Ring::new(&options, position(last)));
        let checkpoints = Arc::new(Checkpoints::new(&options));
        checkpoints.watch(&mut writer).map_err(database)?;
        let shared = Shared {
            queue: Arc::new(Queue::new(options.queue)),
            heads,
            ring,
            vitals: Arc::default(),
            checkpoints,
        };
        let readers = Pool::new(path.clone(), options.readers);

        let checkpointer = checkpoint::start(&path, Arc::clone(&shared.checkpoints))?;
        let writer = Writer::new(writer, shared.clone(), options, times, lock);
        let writer = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(OpenError::Thread)?;
        let threads = Mutex::new(Some(Threads { writer, checkpointer }));
        Ok(Arc::new(Self { shared, readers, path, remains, threads }))
    }

    pub(crate) fn heads(&self) -> Arc<Heads> {
        Arc::clone(&self.shared.heads)
    }

    pub(crate) fn checkpoints(&self) -> Arc<Checkpoints> {
        Arc::clone(&self.shared.checkpoints)
    }

    /// The file of the database.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What was erased and may still be in the write-ahead log.
    pub(crate) fn remains(&self) -> &Remains {
        &self.remains
    }

    pub(crate) fn ring(&self) -> &Ring {
        &self.shared.ring
    }

    /// Reads on a read-only connection.
    pub(crate) async fn read<T, F>(&self, operation: &'static str, read: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        self.readers.read(operation, read).await
    }

    /// Runs an operation in the writer's transaction, undone as a whole when it fails; durable when this returns.
    pub(crate) async fn write<T, F>(&self, operation: &'static str, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = Task { name: operation, work: Some(work), done: None, reply };
        self.shared.queue.push(Job::Run(Box::new(task)))?;
        answer.await.unwrap_or_else(|_| Err(unanswered(operation)))
    }

    /// Appends to the log; durable when this returns.
    pub(crate) async fn append(&self, change: Change) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.shared.queue.push(Job::Append(Box::new(LogJob { work: change, refused: None, reply })))?;
        answer.await.unwrap_or_else(|_| Err(unanswered("commit")))
    }

    /// Writes over entries of the log; durable when this returns.
    pub(crate) async fn replace(&self, tombstones: Tombstones) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.shared.queue.push(Job::Replace(Box::new(LogJob { work: tombstones, refused: None, reply })))?;
        answer.await.unwrap_or_else(|_| Err(unanswered("replace_entries")))?;
        self.remains.note(true);
        Ok(())
    }
}

fn unanswered(operation: &'static str) -> Error {
    failed(operation, "the writer ended before it answered")
}

fn lock(directory: &Path) -> Result<File, OpenError> {
    let path = directory.join(connection::LOCK);
    let file = std::fs::create_dir_all(directory)
        .and_then(|()| File::options().create(true).truncate(false).write(true).open(&path));
    let file = file.map_err(|source| OpenError::File { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(OpenError::File { path, source }),
    }
}

impl Threads {
    /// Waits for the writer, which the queue told to end, then ends the checkpointer.
    fn join(self, checkpoints: &Checkpoints) {
        if self.writer.join().is_err() {
            tracing::error!("the store's writer had panicked");
        }
        checkpoints.stop();
        if self.checkpointer.join().is_err() {
            tracing::error!("the store's checkpointer had panicked");
        }
    }
}

#[async_trait]
impl Health for SqliteStorage {
    async fn check(&self) -> Result<(), Error> {
        if self.shared.queue.is_open() && self.shared.vitals.within(HEALTHY) {
            return Ok(());
        }
        self.write("health", |connection| {
            row::change(connection, "UPDATE meta SET value = value + 1 WHERE name = 'health'", [])
                .map(drop)
                .during("health")
        })
        .await
    }

    async fn close(&self) {
        self.shared.queue.close(Closing::Orderly);
        let mut threads = self.threads.lock().await;
        if let Some(threads) = threads.take() {
            let checkpoints = Arc::clone(&self.shared.checkpoints);
            let ended = tokio::task::spawn_blocking(move || threads.join(&checkpoints)).await;
            if ended.is_err() {
                tracing::error!("the store's threads were not waited for");
            }
        }
    }
}

impl Drop for SqliteStorage {
    fn drop(&mut self) {
        self.shared.queue.close(Closing::Abrupt);
        if let Some(threads) = self.threads.get_mut().take() {
            threads.join(&self.shared.checkpoints);
        }
    }
}

#[cfg(test)]
mod tests;
