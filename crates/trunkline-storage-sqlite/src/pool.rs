//! Threads that read, each with a connection of its own.
//!
//! The thread that was idle for the shortest time reads next. So whoever reads page after page has one thread with warm
//! caches for it, and what reading leaves behind in the memory of threads does not grow with their number.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use trunkline_storage::Error;

use crate::connection;
use crate::failure::{During as _, failed};

/// A few threads that read committed data. They are started when first needed and end with the pool.
#[derive(Debug)]
pub(crate) struct Pool {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Arc<Idle>,
}

/// Reads with the connection of the thread that it runs on.
type Job = Box<dyn FnOnce(&Connection) + Send>;

/// Threads without work, the last one that had some at the end.
#[derive(Default)]
struct Idle(Mutex<Vec<mpsc::Sender<Job>>>);

impl fmt::Debug for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idle").finish_non_exhaustive()
    }
}

impl Idle {
    fn take(&self) -> Option<mpsc::Sender<Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put(&self, reader: mpsc::Sender<Job>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
    }
}

impl Pool {
    /// A pool of at most `size` threads.
    pub(crate) fn new(path: PathBuf, size: usize) -> Self {
        Self { path, permits: Arc::new(Semaphore::new(size.max(1))), idle: Arc::default() }
    }

    /// Reads on one of the threads.
    pub(crate) async fn read<T, F>(&self, operation: &'static str, read: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Error::Closed)?;
        let reader = match self.idle.take() {
            Some(reader) => reader,
            None => self.start(operation).await?,
        };
        let (answer, found) = oneshot::channel();
        let job = self.job(reader.clone(), permit, read, answer);
        reader.send(job).map_err(|_| failed(operation, "the reading thread is gone"))?;
        found.await.unwrap_or_else(|_| Err(failed(operation, "the reading thread ended early")))
    }

    /// Whoever asked may be gone when the work is done: the thread is idle again all the same. If reading panics, the thread
    /// ends, and only the permit comes back.
    fn job<T: Send + 'static>(
        &self,
        reader: mpsc::Sender<Job>,
        permit: OwnedSemaphorePermit,
        read: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
        answer: oneshot::Sender<Result<T, Error>>,
    ) -> Job {
        let idle = Arc::clone(&self.idle);
        Box::new(move |connection| {
            let found = read(connection);
            idle.put(reader);
            drop(permit);
            // Nobody waits for it any more, then.
            _ = answer.send(found);
        })
    }

    /// Starts a thread, which opens its connection first.
    async fn start(&self, operation: &'static str) -> Result<mpsc::Sender<Job>, Error> {
        let (reader, jobs) = mpsc::channel::<Job>();
        let (opened, opening) = oneshot::channel();
        let path = self.path.clone();
        let work = move || match connection::reader(&path) {
            Ok(connection) => {
                _ = opened.send(Ok(()));
                for job in jobs {
                    job(&connection);
                }
            }
            Err(error) => _ = opened.send(Err(error)),
        };
        let started = thread::Builder::new().name("store-reader".to_owned()).spawn(work);
        started.map_err(|error| Error::Backend { operation, source: error.into() })?;
        let opened = opening.await.map_err(|_| failed(operation, "the reading thread ended early"))?;
        opened.during(operation)?;
        Ok(reader)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread::ThreadId;
    use std::time::Duration;

    use tokio::task::JoinSet;

    use super::*;

    fn pool(size: usize) -> (Arc<Pool>, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store.db");
        Connection::open(&path).expect("a database").execute_batch("CREATE TABLE t (x)").expect("a table");
        (Arc::new(Pool::new(path, size)), folder)
    }

    async fn thread_of(pool: &Pool) -> ThreadId {
        pool.read("test", |_| Ok(thread::current().id())).await.expect("read")
    }

    #[tokio::test]
    async fn pages_in_turn_are_read_on_one_thread() {
        let (pool, _folder) = pool(4);
        let mut threads = HashSet::new();
        for _ in 0..100 {
            threads.insert(thread_of(&pool).await);
        }
        assert_eq!(threads.len(), 1);
    }

    #[tokio::test]
    async fn at_the_same_time_there_are_no_more_threads_than_allowed() {
        let (pool, _folder) = pool(3);
        let mut reads = JoinSet::new();
        for _ in 0..50 {
            let pool = Arc::clone(&pool);
            reads.spawn(async move { thread_of(&pool).await });
        }
        let threads: HashSet<_> = reads.join_all().await.into_iter().collect();
        assert!((1..=3).contains(&threads.len()), "{threads:?}");
    }

    #[tokio::test]
    async fn a_panic_ends_its_thread_and_nothing_else() {
        let (pool, _folder) = pool(1);
        for _ in 0..3 {
            let outcome = pool.read("test", |_| -> Result<(), Error> { panic!("expected") }).await;
            assert!(outcome.is_err());
        }
        thread_of(&pool).await;
    }

    #[tokio::test]
    async fn a_thread_for_which_nobody_waits_any_more_is_idle_again() {
        let (pool, _folder) = pool(1);
        let before = thread_of(&pool).await;
        let (leave, gate) = mpsc::channel::<()>();
        let mut reading = Box::pin(pool.read("test", move |_| Ok(gate.recv().is_err())));
        assert!(tokio::time::timeout(Duration::ZERO, &mut reading).await.is_err(), "it has begun");
        drop(reading);
        drop(leave);
        assert_eq!(thread_of(&pool).await, before);
    }

    #[tokio::test]
    async fn without_a_database_nothing_is_read_and_nothing_is_stuck() {
        let (pool, folder) = pool(1);
        drop(folder);
        for _ in 0..2 {
            assert!(pool.read("test", |_| Ok(())).await.is_err());
        }
    }
}
