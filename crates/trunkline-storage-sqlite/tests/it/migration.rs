//! A store of the first schema, with data in it, goes on with the newest.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use tempfile::TempDir;
use trunkline_model::{
    AppInstallation, AppState, BlobKey, DeliveryCursor, DeliveryProgress, File, FileContent, KeyPurpose,
    KeyState, LogPosition, LoginProof, PageRequest,
};
use trunkline_storage::testing::samples::{
    NOW, PASSWORD_HASH, app_key, brand, closing, consumer, installation, notes, opened, opening, parked,
    password, progress, session, signing_key, user, user_key,
};
use trunkline_storage::{
    ConversationFilter, ConversationLog as _, Conversations as _, Deliveries as _, Error, Files as _,
    Health as _, Installations as _, LogTail as _, Sessions as _, SigningKeys as _, UserKeys as _,
    Users as _,
};
use trunkline_storage_sqlite::{Options, SqliteStorage};
use trunkline_wire::files::{FilePath, ImageType, UploadFileType};
use trunkline_wire::{EpochMillis, ParticipantId};
use uuid::Uuid;

/// A store of the first schema with what another one knows of conversations and apps, as far as that schema can say it.
fn in_the_first_schema(newest: &Path) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let connection = Connection::open(directory.path().join("trunkline.db")).unwrap();
    connection.execute_batch(include_str!("../../migrations/0001_initial.sql")).unwrap();
    let newest = newest.join("trunkline.db");
    connection.execute("ATTACH ?1 AS newest", [newest.to_str().unwrap()]).unwrap();
    for table in [
        "meta",
        "log",
        "conversations",
        "installations",
        "installation_revisions",
        "users",
        "sessions",
        "signing_keys",
    ] {
        let columns: String = connection
            .query_row("SELECT group_concat(name) FROM pragma_table_info(?1)", [table], |row| row.get(0))
            .unwrap();
        let copy = format!(
            "DELETE FROM main.{table}; INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newest.{table}"
        );
        connection.execute_batch(&copy).unwrap();
    }
    connection.pragma_update(None, "user_version", 1).unwrap();
    directory
}

fn app(number: u128, state: AppState) -> AppInstallation {
    AppInstallation { state, ..installation(number, &number.to_string()) }
}

/// Apps in every state, and a log of ten thousand entries: version 1 at 0 ms, version 2 at 2 ms and so on, but version
/// 1002 an hour later than it should.
async fn fill(storage: &SqliteStorage) {
    for app in [app(1, AppState::Enabled), app(2, AppState::Disabled), app(3, AppState::Deleted { at: NOW })]
    {
        storage.create_installation(app, None).await.unwrap();
    }
    let open = opening(&brand(), 1, consumer(1));
    let state = opened(&open);
    storage.commit(open).await.unwrap();
    for round in 0..10 {
        let mut change = notes(&state, 1 + round * 1000, &["x"; 1000]);
        if round == 1 {
            change.entries[0].at = EpochMillis(NOW.0 + 3_600_000);
        }
        storage.commit(change).await.unwrap();
    }
}

async fn migrated() -> (Arc<SqliteStorage>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    fill(&storage).await;
    storage.close().await;
    let first = in_the_first_schema(directory.path());
    (SqliteStorage::open(first.path(), Options::default()).unwrap(), first)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apps_of_the_first_schema_begin_at_the_end_of_the_log() {
    let (storage, _directory) = migrated().await;
    let end = *storage.tail().borrow();
    assert_eq!(end, LogPosition(10_001));
    let apps = storage.delivering_apps(PageRequest::first(9)).await.unwrap().items;
    assert_eq!(apps.len(), 1);
    let (enabled, cursor) = &apps[0];
    assert_eq!((enabled, cursor.position), (&app(1, AppState::Enabled), end));
    storage.advance_deliveries(vec![progress(cursor, LogPosition(5))], 10, EpochMillis(0)).await.unwrap();
    let moved = storage.delivering_app(&brand(), enabled.id).await.unwrap().unwrap().1;
    assert_eq!(moved.position, LogPosition(5));

    let disabled = app(2, AppState::Disabled).id;
    let late = DeliveryCursor { app: disabled, generation: 0, ..cursor.clone() };
    let late = DeliveryProgress { parked: vec![parked(1, 2, 2)], ..progress(&late, LogPosition(5)) };
    storage.advance_deliveries(vec![late], 10, EpochMillis(0)).await.unwrap();
    assert_eq!(storage.parked_events(&brand(), disabled).await.unwrap(), []);
    storage.update_installation(app(2, AppState::Enabled), None).await.unwrap();
    let (_, second) = storage.delivering_app(&brand(), disabled).await.unwrap().unwrap();
    assert_eq!(second.position, end);
    assert!(second.generation > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_are_found_in_a_log_of_the_first_schema() {
    let (storage, _directory) = migrated().await;
    for (at, place) in
        [(0, 0), (1, 1), (2, 1), (3, 2), (1001, 1000), (1003, 1001), (9000, 1001), (3_600_000, 1001)]
    {
        let found = storage.position_before(EpochMillis(NOW.0 + at)).await.unwrap();
        assert_eq!(found, LogPosition(place), "{at}");
    }
    let later = storage.position_before(EpochMillis(NOW.0 + 3_600_001)).await.unwrap();
    assert_eq!(later, *storage.tail().borrow());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_of_the_first_schema_are_offered_everything() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let ada = storage.create_user(user("ada")).await.unwrap();
    storage.create_session(session(ada.id, 1), password(PASSWORD_HASH)).await.unwrap();
    storage.close().await;
    let first = in_the_first_schema(directory.path());
    let storage = SqliteStorage::open(first.path(), Options::default()).unwrap();
    assert_eq!((&ada.skills, ada.max_conversations), (&Vec::new(), None));
    assert_eq!(storage.user(&brand(), ada.id).await.unwrap(), Some(ada.clone()));
    assert_eq!(storage.session(session(ada.id, 1).bearer).await.unwrap(), Some(session(ada.id, 1)));
    storage.create_user_key(user_key(ada.id, 1)).await.unwrap();
    storage.create_session(session(ada.id, 2), LoginProof::Key(app_key(1))).await.unwrap();
    storage.revoke_user_key(&brand(), ada.id, &app_key(1)).await.unwrap();
    assert!(storage.session(session(ada.id, 1).bearer).await.unwrap().is_some());
    assert!(storage.session(session(ada.id, 2).bearer).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conversations_of_the_first_schema_are_listed() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let mut states = Vec::new();
    for number in 0..20 {
        let change = opening(&brand(), number, consumer(number / 2));
        let mut state = opened(&change);
        storage.commit(change).await.unwrap();
        if number % 2 == 0 {
            let (change, closed) = closing(&state);
            storage.commit(change).await.unwrap();
            state = closed;
        }
        states.push(state);
    }
    storage.close().await;
    let first = in_the_first_schema(directory.path());
    let storage = SqliteStorage::open(first.path(), Options::default()).unwrap();
    for open in [None, Some(true), Some(false)] {
        for consumer in [None, Some(consumer(3))] {
            let filter = ConversationFilter { open, consumer };
            let page = storage.conversations(&brand(), filter, PageRequest::first(99)).await.unwrap();
            let mut expected = states.clone();
            expected.retain(|state| filter.accepts(state.is_open(), state.consumer));
            assert_eq!((page.items, page.next), (expected, None), "{filter:?}");
        }
    }
    // The rule that a consumer has one open conversation rests on an index that was replaced.
    let refused = storage.commit(opening(&brand(), 99, consumer(3))).await;
    assert!(matches!(refused, Err(Error::AlreadyOpen(id)) if id == states[7].id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_the_first_schema_are_kept_and_get_a_third_purpose() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let mut keys = vec![
        signing_key("a", KeyPurpose::AppJwt, KeyState::Retired { at: NOW }, 9),
        signing_key("b", KeyPurpose::ConsumerJws, KeyState::Active, 8),
    ];
    for key in &keys {
        storage.add_signing_key(key.clone()).await.unwrap();
    }
    storage.close().await;
    let first = in_the_first_schema(directory.path());
    let storage = SqliteStorage::open(first.path(), Options::default()).unwrap();
    assert_eq!(storage.signing_keys().await.unwrap(), keys);
    keys.push(signing_key("c", KeyPurpose::WebConsumer, KeyState::Active, 7));
    storage.add_signing_key(keys[2].clone()).await.unwrap();
    assert_eq!(storage.signing_keys().await.unwrap(), keys);
}

/// The schema as it was when digests of files were kept.
const WITH_DIGESTS: [&str; 10] = [
    include_str!("../../migrations/0001_initial.sql"),
    include_str!("../../migrations/0002_deliveries.sql"),
    include_str!("../../migrations/0003_agents.sql"),
    include_str!("../../migrations/0004_settings.sql"),
    include_str!("../../migrations/0005_consumer_keys.sql"),
    include_str!("../../migrations/0006_surveys.sql"),
    include_str!("../../migrations/0007_files.sql"),
    include_str!("../../migrations/0008_tallies.sql"),
    include_str!("../../migrations/0009_unconfirmed_files.sql"),
    include_str!("../../migrations/0010_erasure.sql"),
];

#[tokio::test]
async fn files_with_digests_are_kept_without() {
    let directory = tempfile::tempdir().unwrap();
    let connection = Connection::open(directory.path().join("trunkline.db")).unwrap();
    for migration in WITH_DIGESTS {
        connection.execute_batch(migration).unwrap();
    }
    connection.pragma_update(None, "user_version", 10).unwrap();
    let path = FilePath::of_agent(&brand(), Uuid::from_u128(1), UploadFileType::Png);
    let (owner, blob) = (ParticipantId::Consumer(consumer(1)), BlobKey::new(&brand(), Uuid::from_u128(2)));
    let insert = "INSERT INTO files (account, path, owner, announced, created_at, blob, image, size, digest, uploaded_at) \
                  VALUES (?1, ?2, ?3, 'PNG', 1, ?4, 'JPEG', 70, zeroblob(32), 5)";
    let account = brand();
    connection.execute(insert, (account.as_str(), path.as_str(), owner.to_string(), blob.as_str())).unwrap();
    drop(connection);
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let expected = File {
        path: path.clone(),
        owner,
        announced: UploadFileType::Png,
        created_at: EpochMillis(1),
        content: Some(FileContent { blob, image: ImageType::Jpeg, size: 70, uploaded_at: EpochMillis(5) }),
        shared: None,
    };
    assert_eq!(storage.file(&path).await.unwrap(), Some(expected));
}
