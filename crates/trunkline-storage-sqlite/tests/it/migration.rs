//! A store of the first schema, with data in it, goes on with the newest.

use std::path::Path;

use rusqlite::Connection;
use trunkline_model::{AppInstallation, AppState, LogPosition, PageRequest};
use trunkline_storage::testing::samples::{
    NOW, brand, consumer, installation, notes, opened, opening, progress,
};
use trunkline_storage::{
    ConversationLog as _, Deliveries as _, Health as _, Installations as _, LogTail as _,
};
use trunkline_storage_sqlite::{Options, SqliteStorage};
use trunkline_wire::EpochMillis;

/// Takes everything away that the second migration brought, so that it runs again.
fn back_to_the_first_schema(directory: &Path) {
    let connection = Connection::open(directory.join("trunkline.db")).unwrap();
    connection
        .execute_batch(
            "DROP TABLE log_times; DROP TABLE delivery_cursors; DROP TABLE parked_events; \
             DROP TABLE delivery_records; PRAGMA user_version = 1;",
        )
        .unwrap();
    let first = Connection::open_in_memory().unwrap();
    first.execute_batch(include_str!("../../migrations/0001_initial.sql")).unwrap();
    let tables = |connection: &Connection| -> Vec<(String, Option<String>)> {
        let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(tables(&connection), tables(&first), "this is the first schema");
}

fn app(number: u128, state: AppState) -> AppInstallation {
    AppInstallation { state, ..installation(number, &number.to_string()) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apps_of_the_first_schema_begin_at_the_end_of_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let open = opening(&brand(), 1, consumer(1));
    let state = opened(&open);
    storage.commit(open).await.unwrap();
    let texts = ["x"; 1000];
    for round in 0..10 {
        storage.commit(notes(&state, 1 + round * 1000, &texts)).await.unwrap();
    }
    let end = *storage.tail().borrow();
    for app in [app(1, AppState::Enabled), app(2, AppState::Disabled), app(3, AppState::Deleted { at: NOW })]
    {
        storage.create_installation(app, None).await.unwrap();
    }
    storage.close().await;
    back_to_the_first_schema(directory.path());

    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let apps = storage.delivering_apps(PageRequest::first(9)).await.unwrap().items;
    assert_eq!(apps.len(), 1);
    let (enabled, cursor) = &apps[0];
    assert_eq!((enabled, cursor.position), (&app(1, AppState::Enabled), end));
    storage.advance_deliveries(vec![progress(cursor, LogPosition(5))], 10, EpochMillis(0)).await.unwrap();
    let moved = storage.delivering_app(&brand(), enabled.id).await.unwrap().unwrap().1;
    assert_eq!(moved.position, LogPosition(5));

    storage.update_installation(app(2, AppState::Enabled), None).await.unwrap();
    let (_, second) = storage.delivering_app(&brand(), app(2, AppState::Enabled).id).await.unwrap().unwrap();
    assert_eq!(second.position, end);
    assert!(second.generation > 0);

    // The sample entries are decided a millisecond apart, the opening first.
    for version in [0, 1, 2, 4095, 4096, 4097, 9_000, 10_001] {
        let at = EpochMillis(NOW.0 + version);
        let expected = LogPosition(u64::try_from(if version < 2 { version } else { version - 1 }).unwrap());
        assert_eq!(storage.position_before(at).await.unwrap(), expected, "{version}");
    }
}
