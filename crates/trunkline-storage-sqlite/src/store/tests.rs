use std::sync::mpsc;

use rusqlite::params;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use trunkline_model::conversation::ConversationChange;
use trunkline_storage::ConversationLog as _;
use trunkline_storage::testing::samples::{brand, consumer, conversation_id, notes, opened, opening};

use super::*;

fn open(options: Options) -> (Arc<SqliteStorage>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (SqliteStorage::open(directory.path(), options).unwrap(), directory)
}

fn background<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::runtime::Handle::current().spawn(work)
}

/// Keeps the writer busy until the sender is dropped or used.
async fn busy(storage: &Arc<SqliteStorage>) -> (mpsc::Sender<()>, JoinHandle<Result<(), Error>>) {
    let (go, wait) = mpsc::channel::<()>();
    let (started, running) = oneshot::channel();
    let storage = Arc::clone(storage);
    let job = background(async move {
        let work = move |_: &Connection| {
            let _ = started.send(());
            let _ = wait.recv();
            Ok(())
        };
        storage.write("busy", work).await
    });
    running.await.unwrap();
    (go, job)
}

async fn set(storage: Arc<SqliteStorage>, name: &'static str, fail: bool) -> Result<(), Error> {
    let work = move |connection: &Connection| {
        connection.execute("INSERT INTO meta (name, value) VALUES (?1, 1)", params![name]).during("set")?;
        if fail { Err(Error::Conflict) } else { Ok(()) }
    };
    storage.write("set", work).await
}

async fn is_set(storage: &SqliteStorage, name: &'static str) -> bool {
    let sql = "SELECT 1 FROM meta WHERE name = ?1";
    storage.read("is_set", move |c| row::one(c, "is_set", sql, [name], |_| Ok(()))).await.unwrap().is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_answers_overloaded_at_once() {
    let (storage, _directory) = open(Options { queue: 2, ..Options::default() });
    let (go, job) = busy(&storage).await;
    let waiting: Vec<_> = ["a", "b"].map(|name| background(set(Arc::clone(&storage), name, false))).into();
    while storage.shared.queue.len() < 2 {
        tokio::task::yield_now().await;
    }
    let refused = storage.commit(opening(&brand(), 1, consumer(1))).await;
    assert!(matches!(refused, Err(Error::Overloaded)));
    drop(go);
    job.await.unwrap().unwrap();
    for waiter in waiting {
        waiter.await.unwrap().unwrap();
    }
    storage.commit(opening(&brand(), 1, consumer(1))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_job_leaves_its_neighbours_alone() {
    let (storage, _directory) = open(Options::default());
    let (go, job) = busy(&storage).await;
    let before = background(set(Arc::clone(&storage), "before", false));
    let failing = background(set(Arc::clone(&storage), "failing", true));
    let panicking = background({
        let storage = Arc::clone(&storage);
        async move {
            let work = |connection: &Connection| -> Result<(), Error> {
                connection
                    .execute("INSERT INTO meta (name, value) VALUES ('panicking', 1)", [])
                    .during("set")?;
                panic!("a bug in an operation");
            };
            storage.write("panicking", work).await
        }
    });
    let after = background(set(Arc::clone(&storage), "after", false));
    while storage.shared.queue.len() < 4 {
        tokio::task::yield_now().await;
    }
    drop(go);
    job.await.unwrap().unwrap();
    assert!(before.await.unwrap().is_ok());
    assert!(after.await.unwrap().is_ok());
    assert!(matches!(failing.await.unwrap(), Err(Error::Conflict)));
    assert!(matches!(panicking.await.unwrap(), Err(Error::Backend { .. })));
    for (name, expected) in [("before", true), ("failing", false), ("panicking", false), ("after", true)] {
        assert_eq!(is_set(&storage, name).await, expected, "{name}");
    }
    storage.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_transaction_fails_everybody_in_it_and_shows_nothing() {
    let (storage, _directory) = open(Options::default());
    let first = opening(&brand(), 1, consumer(1));
    let state = opened(&first);
    storage.commit(first).await.unwrap();
    // An entry in the place of the next one makes the insert fail.
    let block = "INSERT INTO log VALUES (2, zeroblob(16), 1, 0, 0, 0, 'x', NULL)";
    let work = move |c: &Connection| c.execute(block, []).map(drop).during("block");
    storage.write("block", work).await.unwrap();

    let (go, job) = busy(&storage).await;
    let neighbour = background(set(Arc::clone(&storage), "neighbour", false));
    let appending = background({
        let (storage, change) = (Arc::clone(&storage), notes(&state, 1, &["two"]));
        async move { storage.commit(change).await }
    });
    while storage.shared.queue.len() < 2 {
        tokio::task::yield_now().await;
    }
    drop(go);
    job.await.unwrap().unwrap();
    assert!(matches!(neighbour.await.unwrap(), Err(Error::Backend { .. })));
    assert!(matches!(appending.await.unwrap(), Err(Error::Backend { .. })));
    assert!(!is_set(&storage, "neighbour").await);
    assert_eq!(storage.conversation(&brand(), state.id).await.unwrap().unwrap().version, 1);

    let unblock =
        |c: &Connection| c.execute("DELETE FROM log WHERE ordinal = 2", []).map(drop).during("unblock");
    storage.write("unblock", unblock).await.unwrap();
    storage.commit(notes(&state, 1, &["two"])).await.unwrap();
    assert_eq!(storage.conversation(&brand(), state.id).await.unwrap().unwrap().version, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_writer_fails_writes_and_health() {
    let (storage, _directory) = open(Options::default());
    storage.commit(opening(&brand(), 1, consumer(1))).await.unwrap();
    storage.check().await.unwrap();
    storage.shared.queue.close(Closing::Dead);
    assert!(matches!(storage.check().await, Err(Error::Backend { .. })));
    let late = storage.commit(opening(&brand(), 2, consumer(2))).await;
    assert!(matches!(late, Err(Error::Backend { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_finishes_what_was_accepted() {
    let (storage, directory) = open(Options::default());
    let (go, job) = busy(&storage).await;
    let accepted = background(set(Arc::clone(&storage), "accepted", false));
    while storage.shared.queue.len() < 1 {
        tokio::task::yield_now().await;
    }
    let closing = background({
        let storage = Arc::clone(&storage);
        async move { storage.close().await }
    });
    while storage.shared.queue.is_open() {
        tokio::task::yield_now().await;
    }
    drop(go);
    closing.await.unwrap();
    job.await.unwrap().unwrap();
    accepted.await.unwrap().unwrap();
    let again = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    assert!(is_set(&again, "accepted").await);
}

async fn execute(storage: &SqliteStorage, sql: &'static str) -> Result<(), Error> {
    storage.write("execute", move |connection| connection.execute_batch(sql).during("execute")).await
}

/// Starts a write and waits until it is the `number`th in the queue.
async fn queued<T: Send + 'static>(
    storage: &SqliteStorage,
    number: usize,
    write: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    let write = background(write);
    while storage.shared.queue.len() < number {
        tokio::task::yield_now().await;
    }
    write
}

fn commit(
    storage: &Arc<SqliteStorage>,
    change: ConversationChange,
) -> impl Future<Output = Result<(), Error>> + Send + 'static {
    let storage = Arc::clone(storage);
    async move { storage.commit(change).await }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_rolled_itself_back_fails_everybody_in_it() {
    let (storage, directory) = open(Options::default());
    let first = opening(&brand(), 1, consumer(1));
    let state = opened(&first);
    storage.commit(first).await.unwrap();

    let (go, job) = busy(&storage).await;
    let roll_back = {
        let storage = Arc::clone(&storage);
        async move { execute(&storage, "ROLLBACK").await }
    };
    let waiting = [
        queued(&storage, 1, commit(&storage, notes(&state, 1, &["two"]))).await,
        queued(&storage, 2, commit(&storage, opening(&brand(), 2, consumer(2)))).await,
        // Refused only because of the one before, which will not be there.
        queued(&storage, 3, commit(&storage, opening(&brand(), 3, consumer(2)))).await,
        queued(&storage, 4, set(Arc::clone(&storage), "before", false)).await,
        queued(&storage, 5, roll_back).await,
        queued(&storage, 6, set(Arc::clone(&storage), "after", false)).await,
        queued(&storage, 7, commit(&storage, notes(&state, 2, &["three"]))).await,
        queued(&storage, 8, commit(&storage, opening(&brand(), 4, consumer(4)))).await,
    ];
    drop(go);
    job.await.unwrap().unwrap();
    for (number, waiter) in waiting.into_iter().enumerate() {
        let answer = waiter.await.unwrap();
        assert!(matches!(answer, Err(Error::Backend { .. })), "{number}: {answer:?}");
    }
    for name in ["before", "after"] {
        assert!(!is_set(&storage, name).await, "{name}");
    }

    storage.check().await.unwrap();
    storage.commit(notes(&state, 1, &["two", "three"])).await.unwrap();
    storage.commit(opening(&brand(), 3, consumer(2))).await.unwrap();
    storage.close().await;
    drop(storage);
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    storage.commit(notes(&state, 3, &["four"])).await.unwrap();
    let log = storage.log_after(&brand(), state.id, 0, usize::MAX).await.unwrap();
    assert_eq!(log.iter().map(|entry| entry.version).collect::<Vec<_>>(), [1, 2, 3, 4]);
    for (number, exists) in [(2, false), (3, true), (4, false)] {
        let found = storage.conversation(&brand(), conversation_id(number)).await.unwrap();
        assert_eq!(found.is_some(), exists, "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_cannot_read_fails_the_transaction() {
    let (storage, _directory) = open(Options::default());
    execute(&storage, "ALTER TABLE conversations RENAME TO hidden").await.unwrap();
    let (go, job) = busy(&storage).await;
    let neighbour = queued(&storage, 1, set(Arc::clone(&storage), "neighbour", false)).await;
    let appending = queued(&storage, 2, commit(&storage, opening(&brand(), 1, consumer(1)))).await;
    drop(go);
    job.await.unwrap().unwrap();
    for waiter in [neighbour, appending] {
        assert!(matches!(waiter.await.unwrap(), Err(Error::Backend { .. })));
    }
    assert!(!is_set(&storage, "neighbour").await);
    execute(&storage, "ALTER TABLE hidden RENAME TO conversations").await.unwrap();
    storage.commit(opening(&brand(), 1, consumer(1))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_transaction_is_not_healthy_until_one_succeeds() {
    const FULL: &str =
        "CREATE TRIGGER full_log BEFORE INSERT ON log BEGIN SELECT RAISE (ROLLBACK, 'full'); END;
         CREATE TRIGGER full_meta BEFORE UPDATE ON meta WHEN new.name = 'health'
         BEGIN SELECT RAISE (ROLLBACK, 'full'); END;";
    let (storage, _directory) = open(Options::default());
    execute(&storage, FULL).await.unwrap();
    // As if a write had become durable just now.
    storage.shared.vitals.beat();
    storage.check().await.unwrap();
    let failed = storage.commit(opening(&brand(), 1, consumer(1))).await;
    assert!(matches!(failed, Err(Error::Backend { .. })));
    for _ in 0..2 {
        assert!(matches!(storage.check().await, Err(Error::Backend { .. })));
    }
    execute(&storage, "DROP TRIGGER full_log; DROP TRIGGER full_meta;").await.unwrap();
    storage.check().await.unwrap();
    storage.commit(opening(&brand(), 1, consumer(1))).await.unwrap();
    storage.check().await.unwrap();
}
