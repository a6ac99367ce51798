//! What was tried.

use std::sync::Arc;
use std::time::Duration;

use trunkline_model::{
    AppInstallation, AppState, DeliveryFilter, DeliveryOutcome, DeliveryProgress, DeliveryRecord, PageRequest,
};
use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::{DeliveryId, EpochMillis};

use super::samples::{
    NOW, account_id, brand, closing, consumer, conversation_id, installation, opened, opening, progress,
    record,
};
use crate::Storage;

const LONG_AGO: EpochMillis = EpochMillis(0);

async fn app(storage: &Arc<dyn Storage>, number: u128) -> AppInstallation {
    let app = installation(number, &number.to_string());
    storage.create_installation(app.clone(), None).await.expect("stored");
    app
}

async fn progress_with(
    storage: &Arc<dyn Storage>,
    app: &AppInstallation,
    records: Vec<DeliveryRecord>,
) -> DeliveryProgress {
    let (_, cursor) =
        storage.delivering_app(&app.account, app.id).await.expect("read").expect("it is enabled");
    DeliveryProgress { records, ..progress(&cursor, cursor.position) }
}

async fn add(storage: &Arc<dyn Storage>, app: &AppInstallation, records: Vec<DeliveryRecord>) {
    let progress = progress_with(storage, app, records).await;
    storage.advance_deliveries(vec![progress], 10_000, LONG_AGO).await.expect("stored");
}

async fn list(
    storage: &Arc<dyn Storage>,
    app: &AppInstallation,
    filter: DeliveryFilter,
) -> Vec<DeliveryRecord> {
    let page = storage.delivery_records(&app.account, app.id, filter, PageRequest::first(10_000)).await;
    page.expect("read").items
}

async fn ids(storage: &Arc<dyn Storage>, app: &AppInstallation, filter: DeliveryFilter) -> Vec<u64> {
    list(storage, app, filter).await.iter().map(|record| record.id.number()).collect()
}

/// Every member of a record comes back, alone and in a list.
pub async fn records_come_back_as_they_were(storage: Arc<dyn Storage>) {
    let app = app(&storage, 1).await;
    let mut plain = record(1);
    (plain.status, plain.error, plain.attempt) = (None, None, 0);
    let full = DeliveryRecord {
        id: DeliveryId::from_number(u64::MAX),
        version: u64::from(u32::MAX) + 1,
        attempt: u32::MAX,
        status: Some(u16::MAX),
        duration: Duration::from_micros(5_000_123),
        answer: "Grüße 😀\u{0}\r\n".to_owned(),
        error: Some("the connection was reset".to_owned()),
        ..record(2)
    };
    let mut records = vec![plain];
    let events = [
        WebhookEvent::Content,
        WebhookEvent::RichContent,
        WebhookEvent::AcceptStatus,
        WebhookEvent::ChatState,
        WebhookEvent::ConversationChange,
    ];
    records.extend((2..).zip(events).map(|(id, event)| DeliveryRecord { event, ..record(id) }));
    let outcomes = DeliveryOutcome::ALL;
    records.extend((7..).zip(outcomes).map(|(id, outcome)| DeliveryRecord { outcome, ..record(id) }));
    records.push(full);
    add(&storage, &app, records.clone()).await;
    for record in &records {
        let found = storage.delivery_record(&brand(), app.id, record.id).await.expect("read");
        assert_eq!(found.as_ref(), Some(record));
    }
    records.reverse();
    assert_eq!(list(&storage, &app, DeliveryFilter::default()).await, records);
    assert_eq!(storage.delivery_record(&brand(), app.id, record(11).id).await.expect("read"), None);
}

/// Newer records do not move the pages of older ones.
pub async fn records_are_paged_newest_first(storage: Arc<dyn Storage>) {
    let app = app(&storage, 1).await;
    add(&storage, &app, (1..=5).map(record).collect()).await;
    let brand = brand();
    let read = |request| storage.delivery_records(&brand, app.id, DeliveryFilter::default(), request);
    let page = read(PageRequest::first(2)).await.expect("read");
    assert_eq!(page.items, [record(5), record(4)]);
    assert_eq!(page.next, Some(record(4).id));
    add(&storage, &app, vec![record(6)]).await;
    let page = read(PageRequest { after: page.next, limit: 2 }).await.expect("read");
    assert_eq!(page.items, [record(3), record(2)]);
    let page = read(PageRequest { after: page.next, limit: 1 }).await.expect("read");
    assert_eq!((page.items, page.next), (vec![record(1)], None));
}

/// Every member of a filter that is there must match; the times include the first moment and not the last.
pub async fn records_are_filtered(storage: Arc<dyn Storage>) {
    let app = app(&storage, 1).await;
    let sample = |id: u64| DeliveryRecord {
        conversation: conversation_id(if id.is_multiple_of(2) { 2 } else { 1 }),
        event: if id > 3 { WebhookEvent::ChatState } else { WebhookEvent::Content },
        outcome: if id == 5 { DeliveryOutcome::Dropped } else { DeliveryOutcome::Delivered },
        // The fourth began before the third.
        at: EpochMillis(NOW.0 + [0, 10, 20, 30, 25, 40, 50][usize::try_from(id).unwrap_or(0)]),
        ..record(id)
    };
    add(&storage, &app, (1..=6).map(sample).collect()).await;
    let none = DeliveryFilter::default();
    let conversation = Some(conversation_id(2));
    let event = Some(WebhookEvent::ChatState);
    let outcome = Some(DeliveryOutcome::Delivered);
    let (since, until) = (Some(EpochMillis(NOW.0 + 25)), Some(EpochMillis(NOW.0 + 40)));
    for (filter, expected) in [
        (none.clone(), vec![6, 5, 4, 3, 2, 1]),
        (DeliveryFilter { conversation, ..none.clone() }, vec![6, 4, 2]),
        (DeliveryFilter { conversation: Some(conversation_id(3)), ..none.clone() }, vec![]),
        (DeliveryFilter { event, ..none.clone() }, vec![6, 5, 4]),
        (DeliveryFilter { outcome, ..none.clone() }, vec![6, 4, 3, 2, 1]),
        (DeliveryFilter { outcome: Some(DeliveryOutcome::Dropped), ..none.clone() }, vec![5]),
        (DeliveryFilter { since, ..none.clone() }, vec![6, 5, 4, 3]),
        (DeliveryFilter { until, ..none.clone() }, vec![4, 3, 2, 1]),
        (DeliveryFilter { since, until, ..none.clone() }, vec![4, 3]),
        (DeliveryFilter { conversation, event, outcome, since, until }, vec![4]),
    ] {
        assert_eq!(ids(&storage, &app, filter.clone()).await, expected, "{filter:?}");
    }
    let filter = DeliveryFilter { conversation, ..none };
    let first = PageRequest::first(2);
    let page = storage.delivery_records(&brand(), app.id, filter.clone(), first).await.expect("read");
    assert_eq!(page.next, Some(sample(4).id));
    let second = PageRequest { after: page.next, limit: 2 };
    let page = storage.delivery_records(&brand(), app.id, filter, second).await.expect("read");
    assert_eq!((page.items, page.next), (vec![sample(2)], None));
}

/// The newest records of each app stay, whatever others have.
pub async fn the_newest_records_stay(storage: Arc<dyn Storage>) {
    let (one, two) = (app(&storage, 1).await, app(&storage, 2).await);
    let none = DeliveryFilter::default();
    add(&storage, &two, (1..=20).map(record).collect()).await;
    for id in 1..=12 {
        let progress = progress_with(&storage, &one, vec![record(id)]).await;
        storage.advance_deliveries(vec![progress], 5, LONG_AGO).await.expect("stored");
        let expected: Vec<_> = (id.saturating_sub(4).max(1)..=id).rev().collect();
        assert_eq!(ids(&storage, &one, none.clone()).await, expected);
    }
    let many = progress_with(&storage, &one, (13..=40).map(record).collect()).await;
    storage.advance_deliveries(vec![many], 5, LONG_AGO).await.expect("stored");
    assert_eq!(ids(&storage, &one, none.clone()).await, [40, 39, 38, 37, 36]);
    assert_eq!(ids(&storage, &two, none.clone()).await.len(), 20, "the other one was not concerned");
    for (keep, expected) in [(3, vec![40, 39, 38]), (0, vec![]), (3, vec![])] {
        let nothing = progress_with(&storage, &one, vec![]).await;
        storage.advance_deliveries(vec![nothing], keep, LONG_AGO).await.expect("stored");
        assert_eq!(ids(&storage, &one, none.clone()).await, expected);
    }
}

/// Old records go, also those of apps that make no progress; how many are left is still known afterwards.
pub async fn old_records_go(storage: Arc<dyn Storage>) {
    let (one, two) = (app(&storage, 1).await, app(&storage, 2).await);
    let none = DeliveryFilter::default();
    let aged = |id: u64, age: i64| DeliveryRecord { at: EpochMillis(NOW.0 - age), ..record(id) };
    // Ids grow, times not quite.
    let records = vec![aged(1, 90), aged(2, 50), aged(3, 60), aged(4, 10), aged(5, 0)];
    add(&storage, &one, records.clone()).await;
    add(&storage, &two, records).await;
    storage.advance_deliveries(vec![], 10_000, EpochMillis(NOW.0 - 50)).await.expect("stored");
    assert_eq!(ids(&storage, &one, none.clone()).await, [5, 4, 2], "the moment itself is not before it");
    assert_eq!(ids(&storage, &two, none.clone()).await, [5, 4, 2]);
    let old = progress_with(&storage, &one, vec![aged(6, 51), aged(7, 0)]).await;
    storage.advance_deliveries(vec![old], 4, EpochMillis(NOW.0 - 50)).await.expect("stored");
    assert_eq!(ids(&storage, &one, none.clone()).await, [7, 5, 4]);
    let more = progress_with(&storage, &one, vec![aged(8, 0), aged(9, 0)]).await;
    storage.advance_deliveries(vec![more], 4, EpochMillis(NOW.0 - 50)).await.expect("stored");
    assert_eq!(ids(&storage, &one, none.clone()).await, [9, 8, 7, 5]);
    storage.advance_deliveries(vec![], 0, EpochMillis(NOW.0 + 1)).await.expect("stored");
    assert!(ids(&storage, &one, none.clone()).await.is_empty());
    assert!(ids(&storage, &two, none).await.is_empty());
}

/// Whoever did not hear that a write succeeded writes the same again.
pub async fn the_same_records_are_written_once(storage: Arc<dyn Storage>) {
    let app = app(&storage, 1).await;
    let progress = progress_with(&storage, &app, (1..=3).map(record).collect()).await;
    for _ in 0..3 {
        storage.advance_deliveries(vec![progress.clone()], 4, LONG_AGO).await.expect("stored");
        assert_eq!(ids(&storage, &app, DeliveryFilter::default()).await, [3, 2, 1]);
    }
    let next = progress_with(&storage, &app, vec![record(4)]).await;
    storage.advance_deliveries(vec![next], 4, LONG_AGO).await.expect("stored");
    assert_eq!(ids(&storage, &app, DeliveryFilter::default()).await, [4, 3, 2, 1]);
}

/// Records are read with the account that the app belongs to, and by the app they belong to.
pub async fn records_are_scoped(storage: Arc<dyn Storage>) {
    let (one, two) = (app(&storage, 1).await, app(&storage, 2).await);
    let theirs = AppInstallation { account: account_id("other"), ..one.clone() };
    storage.create_installation(theirs.clone(), None).await.expect("stored");
    add(&storage, &one, vec![record(1)]).await;
    for other in [&two, &theirs] {
        assert!(ids(&storage, other, DeliveryFilter::default()).await.is_empty());
        let found = storage.delivery_record(&other.account, other.id, record(1).id).await.expect("read");
        assert_eq!(found, None);
    }
    let same_id = DeliveryRecord { answer: "theirs".to_owned(), ..record(1) };
    add(&storage, &theirs, vec![same_id.clone()]).await;
    let found = storage.delivery_record(&brand(), one.id, record(1).id).await.expect("read");
    assert_eq!(found, Some(record(1)));
    assert_eq!(list(&storage, &theirs, DeliveryFilter::default()).await, [same_id]);
}

/// What was tried stays readable when the app is disabled or deleted.
pub async fn records_outlive_the_app(storage: Arc<dyn Storage>) {
    let app = app(&storage, 1).await;
    add(&storage, &app, vec![record(1), record(2)]).await;
    for state in [AppState::Disabled, AppState::Enabled, AppState::Deleted { at: NOW }] {
        let changed = AppInstallation { state, ..app.clone() };
        storage.update_installation(changed, None).await.expect("stored");
        assert_eq!(list(&storage, &app, DeliveryFilter::default()).await, [record(2), record(1)]);
    }
}

/// Of these conversations of this account, and nothing else of the records.
pub async fn answers_are_forgotten_by_conversation(storage: Arc<dyn Storage>) {
    let (one, two) = (app(&storage, 1).await, app(&storage, 2).await);
    let theirs = AppInstallation { account: account_id("other"), ..one.clone() };
    storage.create_installation(theirs.clone(), None).await.expect("stored");
    let of = |number| DeliveryRecord { conversation: conversation_id(number), ..record(number.into()) };
    for app in [&one, &two, &theirs] {
        add(&storage, app, (1..=3).map(of).collect()).await;
    }
    let forgotten = vec![conversation_id(1), conversation_id(3), conversation_id(9)];
    storage.forget_answers(&brand(), forgotten).await.expect("forgotten");
    let bare = |number| DeliveryRecord { answer: String::new(), ..of(number) };
    for app in [&one, &two] {
        assert_eq!(list(&storage, app, DeliveryFilter::default()).await, [bare(3), of(2), bare(1)]);
    }
    assert_eq!(list(&storage, &theirs, DeliveryFilter::default()).await, [of(3), of(2), of(1)]);
}

/// More of them than anybody would read or write at once.
pub async fn answers_are_forgotten_however_many(storage: Arc<dyn Storage>) {
    let app = app(&storage, 1).await;
    let of = |id: u64| {
        let conversation = conversation_id(u32::try_from(id % 2).expect("0 or 1"));
        DeliveryRecord { conversation, ..record(id) }
    };
    for ids in (1..=9000).collect::<Vec<_>>().chunks(3000) {
        add(&storage, &app, ids.iter().copied().map(of).collect()).await;
    }
    storage.forget_answers(&brand(), vec![conversation_id(1)]).await.expect("forgotten");
    for left in list(&storage, &app, DeliveryFilter::default()).await {
        assert_eq!(left.answer.is_empty(), left.conversation == conversation_id(1), "{left:?}");
    }
}

/// A request may have been under way while the conversation was erased.
pub async fn answers_of_erased_conversations_are_not_recorded(storage: Arc<dyn Storage>) {
    let app = app(&storage, 1).await;
    for number in [1, 2] {
        let change = opening(&brand(), number, consumer(number));
        let state = opened(&change);
        storage.commit(change).await.expect("stored");
        storage.commit(closing(&state).0).await.expect("stored");
    }
    let entries = storage.conversation_tail(&brand(), conversation_id(1), 0, 10).await.expect("read");
    storage.replace_entries(entries.iter().map(|entry| entry.erased(NOW)).collect()).await.expect("replaced");
    let of = |number| DeliveryRecord { conversation: conversation_id(number), ..record(number.into()) };
    add(&storage, &app, (1..=3).map(of).collect()).await;
    let bare = DeliveryRecord { answer: String::new(), ..of(1) };
    assert_eq!(list(&storage, &app, DeliveryFilter::default()).await, [of(3), of(2), bare]);
}
