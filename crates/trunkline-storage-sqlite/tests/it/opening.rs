//! Opening a store, and refusing to.

use rusqlite::Connection;
use trunkline_storage::testing::samples::{account, account_id, brand, consumer, opening};
use trunkline_storage::{Accounts as _, ConversationLog as _, Error, Health as _, Users as _};
use trunkline_storage_sqlite::{OpenError, Options, SqliteStorage};

#[tokio::test]
async fn a_store_is_opened_once_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let second = SqliteStorage::open(directory.path(), Options::default());
    assert!(matches!(second, Err(OpenError::InUse(_))));
    storage.close().await;
    SqliteStorage::open(directory.path(), Options::default()).expect("closed, hence free");
}

#[tokio::test]
async fn everything_is_there_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    storage.create_account(account("10020030")).await.unwrap();
    storage.commit(opening(&brand(), 1, consumer(1))).await.unwrap();
    storage.close().await;
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    assert!(storage.account(&account_id("10020030")).await.unwrap().is_some());
    assert!(storage.open_conversation_of(&brand(), consumer(1)).await.unwrap().is_some());
    assert_eq!(
        storage
            .log_after(&brand(), opening(&brand(), 1, consumer(1)).conversation, 0, 9)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_store_of_a_newer_program_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    SqliteStorage::open(directory.path(), Options::default()).unwrap().close().await;
    let connection = Connection::open(directory.path().join("trunkline.db")).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    match SqliteStorage::open(directory.path(), Options::default()) {
        Err(OpenError::TooNew { found: 99, .. }) => {}
        other => panic!("expected a refusal: {other:?}"),
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join("trunkline.db"),
        "no database, but long enough to look at".repeat(200),
    )
    .unwrap();
    let opened = SqliteStorage::open(directory.path(), Options::default());
    assert!(matches!(opened, Err(OpenError::Database { .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    storage.create_account(account("10020030")).await.unwrap();
    for name in ["trunkline.db", "trunkline.db-wal"] {
        let mode = std::fs::metadata(directory.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn damaged_rows_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let open = opening(&brand(), 1, consumer(1));
    storage.commit(open.clone()).await.unwrap();
    storage.create_user(trunkline_storage::testing::samples::user("ada")).await.unwrap();
    storage.close().await;
    let connection = Connection::open(directory.path().join("trunkline.db")).unwrap();
    connection.execute("UPDATE log SET state = '{'", []).unwrap();
    connection
        .execute_batch("PRAGMA ignore_check_constraints = 1; UPDATE users SET role = 'emperor'")
        .unwrap();
    drop(connection);
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    match storage.conversation(&brand(), open.conversation).await {
        Err(Error::Corrupt { what: "log.state", id, .. }) => assert_eq!(id, "1"),
        other => panic!("expected the damage to be named: {other:?}"),
    }
    match storage.user_by_name(&brand(), "ada").await {
        Err(Error::Corrupt { what: "users.role", id, .. }) => assert_eq!(id, "1001"),
        other => panic!("expected the damage to be named: {other:?}"),
    }
    storage.commit(opening(&brand(), 2, consumer(2))).await.expect("the others are not concerned");
}
