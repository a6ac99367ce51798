//! Checkpoints: moving the write-ahead log into the database without holding up a commit.
//!
//! SQLite begins the log again at its start when a writer finds all of it moved. While commits go on there is always a
//! little more, so a passive checkpoint alone never gets there: the checkpointer moves the bulk, and when the log has
//! grown beyond its bound the writer moves the few frames that are left itself, between two batches. While the store is
//! being copied the log cannot begin again, whoever waits for it: the writer does not, and the log grows.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use crate::connection::{self, PAGE_BYTES};
use crate::{OpenError, Options};

/// So few frames are moved within a commit's time.
const FEW: u64 = 256;
/// The checkpointer gives the writer the rest after so many runs.
const RUNS: usize = 4;
/// The writer stops waiting for the checkpointer when the log is this many times its bound.
const PATIENCE: u64 = 3;

/// How long the writer then waits for readers.
const READERS: Duration = Duration::from_millis(50);

const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";
const RESTART: &str = "PRAGMA wal_checkpoint(RESTART)";
const TRUNCATE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// So many frames are moved while commits wait when the log is to be emptied: a moment's work, also on a slow disk.
const REST: u64 = 1024;
/// How long commits then wait for readers.
const EMPTYING: Duration = Duration::from_millis(5);

/// What writer and checkpointer know of the write-ahead log, in frames.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    /// Frames in the log after the last commit.
    frames: AtomicU64,
    /// Frames of it that are in the database.
    moved: AtomicU64,
    /// The frames at which the writer last moved the rest itself.
    tried: AtomicU64,
    /// The checkpointer asks the writer to move the rest.
    rest_for_writer: AtomicBool,
    /// Copies that are being written.
    copies: AtomicUsize,
    wish: Mutex<Wish>,
    wished: Condvar,
    begin_at: u64,
    bound: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Nothing,
    Run,
    Stop,
}

/// What a checkpoint found, in frames.
#[derive(Debug, Clone, Copy)]
struct Progress {
    frames: u64,
    moved: u64,
}

impl Checkpoints {
    /// Bounds from the options.
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            frames: AtomicU64::new(0),
            moved: AtomicU64::new(0),
            tried: AtomicU64::new(0),
            rest_for_writer: AtomicBool::new(false),
            copies: AtomicUsize::new(0),
            wish: Mutex::new(Wish::Nothing),
            wished: Condvar::new(),
            begin_at: (options.checkpoint_bytes / PAGE_BYTES).max(1),
            bound: (options.wal_bytes / PAGE_BYTES).max(1),
        }
    }

    /// Learns the size of the log from every commit of the writer.
    pub(crate) fn watch(self: &Arc<Self>, writer: &mut Connection) -> rusqlite::Result<()> {
        let known = Arc::clone(self);
        writer.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages: std::ffi::c_int| {
            known.committed(u64::try_from(pages).unwrap_or(0));
            Ok(())
        }))
    }

    fn committed(&self, frames: u64) {
        if frames < self.frames.swap(frames, Ordering::Relaxed) {
            // The log began again at its start.
            self.moved.store(0, Ordering::Relaxed);
            self.tried.store(0, Ordering::Relaxed);
        }
    }

    /// The log's file is empty; it had so many frames before, unless somebody has committed since.
    fn emptied(&self, before: u64) {
        if self.frames.compare_exchange(before, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.moved.store(0, Ordering::Relaxed);
            self.tried.store(0, Ordering::Relaxed);
        }
    }

    fn waiting(&self) -> u64 {
        self.frames.load(Ordering::Relaxed).saturating_sub(self.moved.load(Ordering::Relaxed))
    }

    /// True when something is left to move.
    pub(crate) fn any_waiting(&self) -> bool {
        self.waiting() > 0
    }

    /// Called before a copy of the store is written: until the value goes away, the writer waits for no reader.
    pub(crate) fn copying(&self) -> Copying<'_> {
        self.copies.fetch_add(1, Ordering::Relaxed);
        Copying(self)
    }

    /// The log is what it grew to meanwhile: the checkpointer moves it, before the writer would.
    fn copied(&self) {
        self.tried.store(self.frames.load(Ordering::Relaxed), Ordering::Relaxed);
        self.copies.fetch_sub(1, Ordering::Relaxed);
        self.wish(Wish::Run);
    }

    /// Called by the writer between batches: wakes the checkpointer, or ends the log when that is the writer's turn.
    pub(crate) fn after_batch(&self, writer: &Connection) {
        let is_copying = self.copies.load(Ordering::Relaxed) > 0;
        let frames = self.frames.load(Ordering::Relaxed);
        let asked = self.rest_for_writer.swap(false, Ordering::Relaxed);
        let overdue = frames > self.bound.saturating_mul(PATIENCE)
            && frames.saturating_sub(self.tried.load(Ordering::Relaxed)) > self.begin_at;
        if overdue && !is_copying {
            self.tried.store(frames, Ordering::Relaxed);
            self.insist(writer);
        } else if asked && frames > self.bound && !is_copying {
            self.run(writer);
        } else if self.waiting() > self.begin_at {
            self.wish(Wish::Run);
        }
    }

    /// Called by the writer when nothing is to be done.
    pub(crate) fn idle(&self) {
        if self.any_waiting() {
            self.wish(Wish::Run);
        }
    }

    /// Ends the checkpointer.
    pub(crate) fn stop(&self) {
        self.wish(Wish::Stop);
    }

    fn wish(&self, wish: Wish) {
        let mut present = self.wish.lock().unwrap_or_else(PoisonError::into_inner);
        if *present == wish || *present == Wish::Stop {
            return;
        }
        *present = wish;
        drop(present);
        self.wished.notify_one();
    }

    /// Waits for work; false means stop.
    fn wait(&self) -> bool {
        let present = self.wish.lock().unwrap_or_else(PoisonError::into_inner);
        let mut present = self
            .wished
            .wait_while(present, |wish| *wish == Wish::Nothing)
            .unwrap_or_else(PoisonError::into_inner);
        if *present == Wish::Stop {
            return false;
        }
        *present = Wish::Nothing;
        true
    }

    /// Moves everything and waits for the readers of the log, for a moment, so that it can begin again.
    fn insist(&self, writer: &Connection) {
        let waited = writer.busy_timeout(READERS).map(|()| self.checkpoint(writer, RESTART));
        if let Err(error) = waited.and_then(|_| writer.busy_timeout(connection::BUSY)) {
            tracing::warn!(error = &error as &dyn std::error::Error, "a checkpoint of the store failed");
        }
    }

    /// Moves what can be moved without making anybody wait.
    fn run(&self, connection: &Connection) -> Option<Progress> {
        self.checkpoint(connection, PASSIVE)
    }

    fn checkpoint(&self, connection: &Connection, sql: &str) -> Option<Progress> {
        match checkpoint(connection, sql) {
            Ok(progress) => {
                self.moved.store(progress.moved, Ordering::Relaxed);
                Some(progress)
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a checkpoint of the store failed");
                None
            }
        }
    }

    /// Moves the bulk: each run meets fewer frames than the one before, until few are left.
    fn run_until_few(&self, connection: &Connection) {
        for _ in 0..RUNS {
            let Some(progress) = self.run(connection) else { return };
            let rest = self.frames.load(Ordering::Relaxed).saturating_sub(progress.moved);
            if rest <= FEW || progress.frames == 0 {
                break;
            }
        }
        if self.frames.load(Ordering::Relaxed) > self.bound {
            self.rest_for_writer.store(true, Ordering::Relaxed);
        }
    }
}

/// A copy of the store that is being written.
#[derive(Debug)]
pub(crate) struct Copying<'a>(&'a Checkpoints);

impl Drop for Copying<'_> {
    fn drop(&mut self) {
        self.0.copied();
    }
}

/// What became of the wish to empty the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Emptying {
    /// Its file is empty.
    Done,
    /// A copy is being written.
    Copying,
    /// Too much of it is left to move: somebody reads what was there before, or commits come fast.
    Behind,
    /// Somebody reads it, or writes.
    Busy,
}

/// Tries to move everything into the database and to leave the log's file empty, on a connection of its own. Blocks. No commit
/// waits for more than [`REST`] frames and [`EMPTYING`]: where that is not enough, nobody is made to wait.
pub(crate) fn empty(path: &Path, checkpoints: &Checkpoints) -> rusqlite::Result<Emptying> {
    if checkpoints.copies.load(Ordering::Relaxed) > 0 {
        return Ok(Emptying::Copying);
    }
    let connection = connection::checkpointer(path)?;
    connection.busy_timeout(EMPTYING)?;
    // The bulk is moved while commits go on.
    let moved = checkpoint(&connection, PASSIVE)?.moved;
    checkpoints.moved.store(moved, Ordering::Relaxed);
    let frames = checkpoints.frames.load(Ordering::Relaxed);
    if frames.saturating_sub(moved) > REST {
        return Ok(Emptying::Behind);
    }
    let is_busy = connection.prepare_cached(TRUNCATE)?.query_row([], |row| row.get::<_, bool>(0))?;
    if is_busy {
        return Ok(Emptying::Busy);
    }
    checkpoints.emptied(frames);
    Ok(Emptying::Done)
}

fn checkpoint(connection: &Connection, sql: &str) -> rusqlite::Result<Progress> {
    connection.prepare_cached(sql)?.query_row([], |row| {
        let count = |index| row.get::<_, i64>(index).map(|count| u64::try_from(count).unwrap_or(0));
        Ok(Progress { frames: count(1)?, moved: count(2)? })
    })
}

/// Starts the checkpointer on a connection of its own.
pub(crate) fn start(path: &Path, checkpoints: Arc<Checkpoints>) -> Result<JoinHandle<()>, OpenError> {
    let connection = connection::checkpointer(path)
        .map_err(|source| OpenError::Database { path: path.to_owned(), source })?;
    let work = move || {
        while checkpoints.wait() {
            checkpoints.run_until_few(&connection);
        }
        checkpoints.run(&connection);
    };
    std::thread::Builder::new().name("store-checkpoint".to_owned()).spawn(work).map_err(OpenError::Thread)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A copy keeps the log from beginning again for as long as it takes.
    #[test]
    fn the_writer_does_not_wait_for_copies() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(connection::DATABASE);
        let options =
            Options { checkpoint_bytes: PAGE_BYTES, wal_bytes: 4 * PAGE_BYTES, ..Options::default() };
        let checkpoints = Arc::new(Checkpoints::new(&options));
        let mut writer = connection::writer(&path, options.wal_bytes).unwrap();
        checkpoints.watch(&mut writer).unwrap();
        writer.execute_batch("CREATE TABLE t (x)").unwrap();
        let reader = connection::reader(&path).unwrap();
        let pin = reader.unchecked_transaction().unwrap();
        pin.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap();
        let copying = checkpoints.copying();
        while checkpoints.frames.load(Ordering::Relaxed) <= PATIENCE * checkpoints.bound {
            writer.execute("INSERT INTO t VALUES (1)", []).unwrap();
        }
        checkpoints.rest_for_writer.store(true, Ordering::Relaxed);
        checkpoints.after_batch(&writer);
        assert_eq!(checkpoints.tried.load(Ordering::Relaxed), 0, "nobody waits for the copy");
        assert_eq!(checkpoints.moved.load(Ordering::Relaxed), 0);
        drop((pin, copying));
        // First the checkpointer moves what the copy left.
        assert_eq!(*checkpoints.wish.lock().unwrap(), Wish::Run);
        let frames = checkpoints.frames.load(Ordering::Relaxed);
        checkpoints.after_batch(&writer);
        assert_eq!(checkpoints.moved.load(Ordering::Relaxed), 0);
        // If that is not enough, the writer does wait once more.
        for _ in 0..3 {
            writer.execute("INSERT INTO t VALUES (1)", []).unwrap();
        }
        checkpoints.after_batch(&writer);
        assert!(checkpoints.moved.load(Ordering::Relaxed) > frames);
    }

    struct Emptied {
        directory: tempfile::TempDir,
        writer: Connection,
        checkpoints: Arc<Checkpoints>,
    }

    impl Emptied {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join(connection::DATABASE);
            let mut writer = connection::writer(&path, 1 << 20).unwrap();
            let checkpoints = Arc::new(Checkpoints::new(&Options::default()));
            checkpoints.watch(&mut writer).unwrap();
            writer.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES ('before')").unwrap();
            Self { directory, writer, checkpoints }
        }

        fn path(&self) -> std::path::PathBuf {
            self.directory.path().join(connection::DATABASE)
        }

        fn empty(&self) -> Emptying {
            empty(&self.path(), &self.checkpoints).unwrap()
        }

        fn log_bytes(&self) -> u64 {
            let log = self.directory.path().join(format!("{}-wal", connection::DATABASE));
            std::fs::metadata(log).unwrap().len()
        }
    }

    /// Who reads what was there before keeps the log from being emptied, and commits go on all the same.
    #[test]
    fn the_log_is_emptied_when_nobody_reads_what_was_before() {
        let store = Emptied::new();
        let reader = connection::reader(&store.path()).unwrap();
        let pin = reader.unchecked_transaction().unwrap();
        pin.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap();
        store.writer.execute("UPDATE t SET x = 'after'", []).unwrap();
        assert_eq!(store.empty(), Emptying::Busy);
        store.writer.execute("INSERT INTO t VALUES (1)", []).unwrap();
        drop(pin);
        assert!(store.checkpoints.any_waiting());
        assert_eq!(store.empty(), Emptying::Done);
        assert_eq!(store.log_bytes(), 0);
        assert!(!store.checkpoints.any_waiting(), "there is nothing to move");
        let count = store.writer.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0));
        assert_eq!(count.unwrap(), 2);
    }

    /// With much to move, and while a copy is written, nobody is made to wait at all.
    #[test]
    fn the_log_is_emptied_only_where_that_takes_a_moment() {
        let store = Emptied::new();
        let copying = store.checkpoints.copying();
        assert_eq!(store.empty(), Emptying::Copying);
        drop(copying);
        let reader = connection::reader(&store.path()).unwrap();
        let pin = reader.unchecked_transaction().unwrap();
        pin.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap();
        let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
                    INSERT INTO t SELECT zeroblob(4096) FROM n";
        store.writer.execute(rows, [i64::try_from(REST).unwrap()]).unwrap();
        assert_eq!(store.empty(), Emptying::Behind);
        drop(pin);
        assert_eq!(store.empty(), Emptying::Done);
        assert_eq!(store.log_bytes(), 0);
    }
}
