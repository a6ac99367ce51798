//! How far deliveries are: cursors and parked events.

use std::sync::Arc;

use trunkline_model::{
    AppInstallation, AppState, DeliveryCursor, DeliveryProgress, LogPosition, LostRange, PageRequest,
    ParkedEvent, ReplayMark,
};
use trunkline_wire::{AccountId, AppInstallationId, EpochMillis};

use super::samples::{
    NOW, account_id, brand, consumer, conversation_id, installation, opening, parked, progress, record,
};
use crate::{Error, Storage};

const LONG_AGO: EpochMillis = EpochMillis(0);

async fn cursor(storage: &Arc<dyn Storage>, app: &AppInstallation) -> Option<DeliveryCursor> {
    let found = storage.delivering_app(&app.account, app.id).await.expect("read");
    found.map(|(found, cursor)| {
        assert_eq!((found.id, &found.account), (app.id, &app.account));
        assert_eq!((cursor.app, &cursor.account), (app.id, &app.account));
        cursor
    })
}

async fn set(storage: &Arc<dyn Storage>, app: &AppInstallation, state: AppState) {
    let app = AppInstallation { state, ..app.clone() };
    storage.update_installation(app, None).await.expect("stored");
}

async fn advance(storage: &Arc<dyn Storage>, progress: DeliveryProgress) {
    storage.advance_deliveries(vec![progress], 100, LONG_AGO).await.expect("stored");
}

/// An enabled app and a log that has an entry before it.
async fn delivering(storage: &Arc<dyn Storage>) -> (AppInstallation, DeliveryCursor) {
    storage.commit(opening(&brand(), 1, consumer(1))).await.expect("stored");
    let app = installation(1, "one");
    storage.create_installation(app.clone(), None).await.expect("stored");
    let cursor = cursor(storage, &app).await.expect("it is enabled");
    (app, cursor)
}

/// Progress that leaves something everywhere.
fn busy(cursor: &DeliveryCursor) -> DeliveryProgress {
    DeliveryProgress {
        lost: Some(LostRange { first: LogPosition(1), last: LogPosition(2) }),
        replayed: Some(ReplayMark { after: LogPosition(1), until: LogPosition(3), at: NOW }),
        parked: vec![parked(1, 1, 1)],
        ..progress(cursor, LogPosition(0))
    }
}

/// A new app gets what comes after it, and nothing of before.
pub async fn an_app_begins_at_the_end_of_the_log(storage: Arc<dyn Storage>) {
    let (app, cursor) = delivering(&storage).await;
    let end = *storage.tail().borrow();
    assert_ne!(end, LogPosition::START);
    assert_eq!(cursor.position, end);
    assert_eq!((cursor.lost, cursor.replayed), (None, None));
    assert_eq!(storage.parked_events(&brand(), app.id).await.expect("read"), []);
    storage.commit(opening(&brand(), 2, consumer(2))).await.expect("stored");
    assert_eq!(self::cursor(&storage, &app).await, Some(cursor), "the log goes on without it");
}

/// The first app of all has the whole log before it.
pub async fn an_app_of_an_empty_log_begins_at_its_start(storage: Arc<dyn Storage>) {
    let app = installation(1, "one");
    storage.create_installation(app.clone(), None).await.expect("stored");
    let cursor = cursor(&storage, &app).await.expect("it is enabled");
    assert_eq!(cursor.position, LogPosition::START);
}

/// An app that is created disabled has no place until it is enabled, and then begins at the end.
pub async fn an_app_begins_when_it_is_enabled(storage: Arc<dyn Storage>) {
    let app = AppInstallation { state: AppState::Disabled, ..installation(1, "one") };
    storage.create_installation(app.clone(), None).await.expect("stored");
    assert_eq!(cursor(&storage, &app).await, None);
    storage.commit(opening(&brand(), 1, consumer(1))).await.expect("stored");
    set(&storage, &app, AppState::Enabled).await;
    let cursor = cursor(&storage, &app).await.expect("it is enabled");
    assert_eq!(cursor.position, *storage.tail().borrow());
}

/// Disabling forgets place, parked events and what was lost; enabling begins anew under a higher generation.
pub async fn a_disabled_app_begins_anew(storage: Arc<dyn Storage>) {
    let (app, mut before) = delivering(&storage).await;
    for round in 2..5 {
        advance(&storage, busy(&before)).await;
        set(&storage, &app, AppState::Disabled).await;
        assert_eq!(cursor(&storage, &app).await, None);
        assert_eq!(storage.parked_events(&brand(), app.id).await.expect("read"), []);
        set(&storage, &app, AppState::Disabled).await;
        storage.commit(opening(&brand(), round, consumer(round))).await.expect("stored");
        set(&storage, &app, AppState::Enabled).await;
        let after = cursor(&storage, &app).await.expect("it is enabled");
        assert!(after.generation > before.generation, "{after:?}, {before:?}");
        assert_eq!(after.position, *storage.tail().borrow());
        assert_eq!((after.lost, after.replayed), (None, None));
        assert_eq!(storage.parked_events(&brand(), app.id).await.expect("read"), []);
        before = after;
    }
}

/// A deleted app has no place and no parked events, whether it was enabled before or not.
pub async fn a_deleted_app_is_forgotten(storage: Arc<dyn Storage>) {
    let (app, before) = delivering(&storage).await;
    advance(&storage, busy(&before)).await;
    set(&storage, &app, AppState::Deleted { at: NOW }).await;
    assert_eq!(cursor(&storage, &app).await, None);
    assert_eq!(storage.parked_events(&brand(), app.id).await.expect("read"), []);
    advance(&storage, busy(&before)).await;
    assert_eq!(storage.parked_events(&brand(), app.id).await.expect("read"), []);

    let other = AppInstallation { state: AppState::Disabled, ..installation(2, "two") };
    storage.create_installation(other.clone(), None).await.expect("stored");
    set(&storage, &other, AppState::Deleted { at: NOW }).await;
    assert_eq!(cursor(&storage, &other).await, None);
}

/// A change of an app that stays enabled, and one that is refused, leave its cursor alone.
pub async fn a_changed_app_goes_on_where_it_was(storage: Arc<dyn Storage>) {
    let (app, before) = delivering(&storage).await;
    advance(&storage, busy(&before)).await;
    let before = cursor(&storage, &app).await;
    storage.commit(opening(&brand(), 2, consumer(2))).await.expect("stored");
    let renamed = installation(1, "uno");
    storage.update_installation(renamed.clone(), None).await.expect("stored");
    assert_eq!(cursor(&storage, &app).await, before);
    let stopped = AppInstallation { state: AppState::Disabled, ..app.clone() };
    assert!(matches!(storage.update_installation(stopped, Some(1)).await, Err(Error::StaleRevision)));
    assert_eq!(cursor(&storage, &app).await, before);
    assert_eq!(storage.parked_events(&brand(), app.id).await.expect("read"), [parked(1, 1, 1)]);
    let found = storage.delivering_app(&brand(), app.id).await.expect("read").expect("it is enabled");
    assert_eq!(found.0, renamed);
}

/// All enabled apps are listed by account and id, whatever the order of their creation.
pub async fn delivering_apps_are_paged(storage: Arc<dyn Storage>) {
    let (a, b) = (account_id("a"), account_id("b"));
    let listed = [(&a, 1), (&a, 3), (&b, 1), (&b, 2)];
    for (account, number) in [(&b, 2), (&a, 3), (&b, 1), (&a, 1)] {
        create(&storage, account, number, AppState::Enabled).await;
    }
    create(&storage, &a, 2, AppState::Disabled).await;
    let deleted = create(&storage, &b, 3, AppState::Enabled).await;
    set(&storage, &deleted, AppState::Deleted { at: NOW }).await;

    let expected: Vec<_> = listed.map(|(account, number)| (account.clone(), id(number))).into();
    for limit in [1, 3, 4, 5] {
        let mut found = Vec::new();
        let mut request = PageRequest::first(limit);
        loop {
            let page = storage.delivering_apps(request).await.expect("read");
            assert!(page.items.len() <= limit);
            for (app, cursor) in page.items {
                assert_eq!((&app.account, app.id), (&cursor.account, cursor.app));
                found.push((app.account, app.id));
            }
            let Some(next) = page.next else { break };
            assert_eq!(found.last(), Some(&next));
            request = PageRequest { after: Some(next), limit };
        }
        assert_eq!(found, expected, "pages of {limit}");
    }
}

fn id(number: u128) -> AppInstallationId {
    installation(number, "any").id
}

async fn create(
    storage: &Arc<dyn Storage>,
    account: &AccountId,
    number: u128,
    state: AppState,
) -> AppInstallation {
    let app =
        AppInstallation { account: account.clone(), state, ..installation(number, &number.to_string()) };
    storage.create_installation(app.clone(), None).await.expect("stored");
    app
}

/// A cursor is what was written last, also when that goes back.
pub async fn progress_replaces_the_cursor(storage: Arc<dyn Storage>) {
    let (app, before) = delivering(&storage).await;
    let lost = Some(LostRange { first: LogPosition(4), last: LogPosition(9) });
    let replayed =
        Some(ReplayMark { after: LogPosition(2), until: LogPosition(12), at: EpochMillis(NOW.0 + 5) });
    for (position, lost, replayed) in
        [(7, lost, None), (3, None, replayed), (8, lost, replayed), (8, None, None)]
    {
        let position = LogPosition(position);
        advance(&storage, DeliveryProgress { lost, replayed, ..progress(&before, position) }).await;
        let expected = DeliveryCursor { position, lost, replayed, ..before.clone() };
        assert_eq!(cursor(&storage, &app).await, Some(expected));
    }
}

/// Parked events are added, replaced and settled by conversation and version, and listed by position.
pub async fn parked_events_are_replaced_and_settled(storage: Arc<dyn Storage>) {
    let (app, cursor) = delivering(&storage).await;
    let first = [parked(2, 3, 30), parked(1, 2, 10), parked(1, 7, 20)];
    advance(&storage, DeliveryProgress { parked: first.into(), ..progress(&cursor, LogPosition(40)) }).await;
    let list = storage.parked_events(&brand(), app.id).await.expect("read");
    assert_eq!(list, [parked(1, 2, 10), parked(1, 7, 20), parked(2, 3, 30)]);

    let mut again = parked(1, 2, 25);
    (again.attempts, again.due) = (4, EpochMillis(NOW.0 + 30_000));
    // The same event once more, beside its conversation or not.
    let other = ParkedEvent { alone: !again.alone, position: LogPosition(26), ..again };
    let unknown = (conversation_id(9), 9, false);
    let next = DeliveryProgress {
        parked: vec![again, other],
        settled: vec![(conversation_id(2), 3, false), (conversation_id(1), 7, true), unknown],
        ..progress(&cursor, LogPosition(41))
    };
    advance(&storage, next.clone()).await;
    let expected = [parked(1, 7, 20), again, other];
    assert_eq!(storage.parked_events(&brand(), app.id).await.expect("read"), expected);
    advance(&storage, next).await;
    assert_eq!(storage.parked_events(&brand(), app.id).await.expect("read"), expected);
}

/// Delivering an event once more is better than never.
pub async fn an_event_that_is_settled_and_parked_stays_parked(storage: Arc<dyn Storage>) {
    let (app, cursor) = delivering(&storage).await;
    let event = parked(1, 2, 10);
    let both = DeliveryProgress {
        parked: vec![event],
        settled: vec![(event.conversation, event.version, event.alone)],
        ..progress(&cursor, LogPosition(40))
    };
    advance(&storage, both).await;
    assert_eq!(storage.parked_events(&brand(), app.id).await.expect("read"), [event]);
}

/// What an earlier life of the app still wants to write is recorded and else ignored, and so is that of an app that is not
/// enabled.
pub async fn stale_progress_leaves_records_only(storage: Arc<dyn Storage>) {
    let (app, before) = delivering(&storage).await;
    set(&storage, &app, AppState::Disabled).await;
    let stale = DeliveryProgress { records: vec![record(1)], ..busy(&before) };
    advance(&storage, stale).await;
    assert_eq!(cursor(&storage, &app).await, None);
    assert_eq!(storage.parked_events(&brand(), app.id).await.expect("read"), []);

    set(&storage, &app, AppState::Enabled).await;
    let present = cursor(&storage, &app).await.expect("it is enabled");
    let parked_now =
        DeliveryProgress { parked: vec![parked(5, 5, 5)], ..progress(&present, present.position) };
    advance(&storage, parked_now).await;
    for generation in [before.generation, present.generation + 1] {
        let id = u64::try_from(generation).expect("generations grow from 1") + 10;
        let settled = vec![(conversation_id(5), 5, false)];
        let stale = DeliveryProgress { generation, settled, records: vec![record(id)], ..busy(&before) };
        advance(&storage, stale).await;
        let records = storage.delivery_records(&brand(), app.id, <_>::default(), PageRequest::first(9)).await;
        assert!(records.expect("read").items.contains(&record(id)));
    }
    assert_eq!(cursor(&storage, &app).await, Some(present));
    assert_eq!(storage.parked_events(&brand(), app.id).await.expect("read"), [parked(5, 5, 5)]);
}

/// Progress of several apps is written together; that of an app nobody knows changes nothing.
pub async fn several_apps_advance_together(storage: Arc<dyn Storage>) {
    let (app, first) = delivering(&storage).await;
    let other = create(&storage, &brand(), 2, AppState::Enabled).await;
    let second = cursor(&storage, &other).await.expect("it is enabled");
    let unknown = DeliveryCursor { app: id(3), ..first.clone() };
    let foreign = DeliveryCursor { account: account_id("other"), ..first.clone() };
    let all = [&first, &unknown, &foreign, &second].map(|cursor| DeliveryProgress {
        records: vec![record(1)],
        parked: vec![parked(1, 1, 1)],
        ..progress(cursor, LogPosition(77))
    });
    storage.advance_deliveries(all.into(), 100, LONG_AGO).await.expect("stored");
    for (app, before) in [(&app, first), (&other, second)] {
        let expected = DeliveryCursor { position: LogPosition(77), ..before };
        assert_eq!(cursor(&storage, app).await, Some(expected));
        assert_eq!(storage.parked_events(&brand(), app.id).await.expect("read"), [parked(1, 1, 1)]);
    }
    for (account, id) in [(brand(), id(3)), (account_id("other"), app.id)] {
        assert_eq!(storage.parked_events(&account, id).await.expect("read"), []);
        assert_eq!(storage.delivery_record(&account, id, record(1).id).await.expect("read"), None);
    }
}

/// Apps of the same id in two accounts are two apps.
pub async fn cursors_are_scoped_by_account(storage: Arc<dyn Storage>) {
    let (app, mine) = delivering(&storage).await;
    let other = account_id("other");
    assert!(storage.delivering_app(&other, app.id).await.expect("read").is_none());
    let theirs = create(&storage, &other, 1, AppState::Enabled).await;
    assert_eq!(theirs.id, app.id);
    let before = cursor(&storage, &theirs).await;
    advance(&storage, busy(&mine)).await;
    assert_eq!(cursor(&storage, &theirs).await, before);
    assert_eq!(storage.parked_events(&other, app.id).await.expect("read"), []);
    set(&storage, &theirs, AppState::Disabled).await;
    assert!(cursor(&storage, &app).await.is_some());
    assert_eq!(storage.parked_events(&brand(), app.id).await.expect("read"), [parked(1, 1, 1)]);
}
