//! `delivery_records`: what was tried. Per app they are kept in the order of their ids, a bounded number, so that a list
//! is a walk along the key whatever it is filtered by.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};
use trunkline_model::{DeliveryFilter, DeliveryOutcome, DeliveryRecord, Page, PageRequest};
use trunkline_storage::Error;
use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::{AccountId, AppInstallationId, ConversationId, DeliveryId, EpochMillis};

use super::uuid_bytes;
use crate::failure::{During as _, corrupt};
use crate::log::heads::Heads;
use crate::row::{all, change, column, conversation_id, id_bytes, one, page, page_limit, stored, unsigned};

/// One call removes so many records more than it adds at most, so that no commit waits long after a bound was lowered or
/// a long rest.
const REMOVED: u64 = 4096;

const PAGE: &str = "SELECT id, at, event, conversation, version, endpoint, attempt, outcome, status, duration, answer, \
                    error FROM delivery_records \
                    WHERE app = (SELECT number FROM installations WHERE account = ?1 AND id = ?2) AND id < ?3 \
                    AND (?5 IS NULL OR conversation = ?5) AND (?6 IS NULL OR event = ?6) \
                    AND (?7 IS NULL OR outcome = ?7) AND (?8 IS NULL OR at >= ?8) AND (?9 IS NULL OR at < ?9) \
                    ORDER BY id DESC LIMIT ?4";
const ONE: &str = "SELECT id, at, event, conversation, version, endpoint, attempt, outcome, status, duration, answer, \
                   error FROM delivery_records \
                   WHERE app = (SELECT number FROM installations WHERE account = ?1 AND id = ?2) AND id = ?3";
const INSERT: &str = "INSERT INTO delivery_records (app, id, at, event, conversation, version, endpoint, attempt, \
                      outcome, status, duration, answer, error) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (app, id) DO NOTHING";
const TRIM: &str = "DELETE FROM delivery_records WHERE app = ?1 AND id <= \
                    (SELECT id FROM delivery_records WHERE app = ?1 ORDER BY id LIMIT 1 OFFSET ?2 - 1)";
const OLD: &str = "SELECT app, id FROM delivery_records WHERE at < ?1 ORDER BY at LIMIT ?2";
const REMOVE: &str = "DELETE FROM delivery_records WHERE app = ?1 AND id = ?2";
const APPS: &str = "SELECT number FROM installations WHERE account = ?1";
const ANSWERED: &str = "SELECT id, conversation, answer <> '' FROM delivery_records \
                        WHERE app = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
const ERASED: &str = "SELECT erased FROM conversations WHERE id = ?1";
const FORGET_ANSWER: &str = "UPDATE delivery_records SET answer = '' WHERE app = ?1 AND id = ?2";
const UNCOUNT: &str = "UPDATE delivery_cursors SET records = records - ?2 WHERE app = ?1";

/// A page of an app's records, newest first.
pub(super) fn page_of(
    connection: &Connection,
    account: &AccountId,
    app: AppInstallationId,
    filter: &DeliveryFilter,
    request: PageRequest<DeliveryId>,
) -> Result<Page<DeliveryRecord, DeliveryId>, Error> {
    let values = params![
        account.as_str(),
        uuid_bytes(&app),
        request.after.map_or(i64::MAX, |id| stored(id.number())),
        page_limit(request.limit),
        filter.conversation.as_ref().map(id_bytes),
        filter.event.map(word),
        filter.outcome.map(DeliveryOutcome::as_str),
        filter.since.map(|at| at.0),
        filter.until.map(|at| at.0),
    ];
    let items = all(connection, "delivery_records", PAGE, values, record)?;
    Ok(page(items, request.limit, |record| record.id))
}

/// One record.
pub(super) fn by_id(
    connection: &Connection,
    account: &AccountId,
    app: AppInstallationId,
    id: DeliveryId,
) -> Result<Option<DeliveryRecord>, Error> {
    let key = (account.as_str(), uuid_bytes(&app), stored(id.number()));
    one(connection, "delivery_record", ONE, key, record)
}

/// Adds records to the `present` ones of an app, drops the oldest beyond `keep`, and returns how many there are then.
pub(super) fn add(
    connection: &Connection,
    heads: &Heads,
    app: i64,
    records: &[DeliveryRecord],
    (present, keep): (u64, usize),
) -> rusqlite::Result<u64> {
    // Of a long list, what would be dropped at once is not written first.
    let records = records.get(records.len().saturating_sub(keep)..).unwrap_or_default();
    let added = insert(connection, heads, app, records)?;
    let count = present + added;
    let excess = count.saturating_sub(u64::try_from(keep).unwrap_or(u64::MAX)).min(added + REMOVED);
    if excess == 0 {
        return Ok(count);
    }
    let removed = change(connection, TRIM, (app, stored(excess)))?;
    Ok(count.saturating_sub(u64::try_from(removed).unwrap_or(u64::MAX)))
}

/// What was answered to an event of a conversation that was erased meanwhile is left out.
fn insert(
    connection: &Connection,
    heads: &Heads,
    app: i64,
    records: &[DeliveryRecord],
) -> rusqlite::Result<u64> {
    let mut insert = connection.prepare_cached(INSERT)?;
    let mut added = 0;
    for record in records {
        let keeps = record.answer.is_empty() || !is_erased(connection, heads, record.conversation)?;
        let answer = if keeps { record.answer.as_str() } else { "" };
        let changed = insert.execute(params![
            app,
            stored(record.id.number()),
            record.at.0,
            word(record.event),
            id_bytes(&record.conversation),
            stored(record.version),
            record.endpoint,
            record.attempt,
            record.outcome.as_str(),
            record.status,
            i64::try_from(record.duration.as_micros()).unwrap_or(i64::MAX),
            answer,
            record.error,
        ])?;
        added += u64::try_from(changed).unwrap_or(0);
    }
    Ok(added)
}

/// Drops the records of all apps from before `since`, the oldest first.
pub(super) fn forget_before(connection: &Connection, since: EpochMillis) -> Result<(), Error> {
    let operation = "forget delivery records";
    let old = all(connection, operation, OLD, (since.0, stored(REMOVED)), |row| {
        Ok((
            column::<i64>(row, 0, "delivery_records.app", &"?")?,
            column::<i64>(row, 1, "delivery_records.id", &"?")?,
        ))
    })?;
    let mut removed = BTreeMap::new();
    for (app, id) in old {
        change(connection, REMOVE, (app, id)).during(operation)?;
        *removed.entry(app).or_insert(0_i64) += 1;
    }
    for (app, count) in removed {
        change(connection, UNCOUNT, (app, count)).during(operation)?;
    }
    Ok(())
}

/// The apps of an account, deleted ones included.
pub(super) fn apps(connection: &Connection, account: &AccountId) -> Result<Vec<i64>, Error> {
    all(connection, "forget_answers", APPS, [account.as_str()], |row| {
        column(row, 0, "installations.number", account)
    })
}

/// Records with answers that are to be forgotten.
#[derive(Debug)]
pub(super) struct Answered {
    /// Which.
    pub(super) ids: Vec<i64>,
    /// Where to go on; `None` at the end.
    pub(super) next: Option<i64>,
}

/// Looks at an app's next `limit` records after `after`, whatever conversation they are of: an index by conversation would
/// cost every delivery more than erasing costs.
pub(super) fn answered(
    connection: &Connection,
    app: i64,
    after: i64,
    limit: usize,
    conversations: &HashSet<ConversationId>,
) -> Result<Answered, Error> {
    let values = (app, after, stored(u64::try_from(limit).unwrap_or(u64::MAX)));
    let rows = all(connection, "forget_answers", ANSWERED, values, |row| {
        let id: i64 = column(row, 0, "delivery_records.id", &"?")?;
        let conversation = conversation_id(row, 1, "delivery_records.conversation", &id)?;
        Ok((id, conversation, column::<bool>(row, 2, "delivery_records.answer", &id)?))
    })?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|(id, ..)| *id);
    let wanted = |(id, conversation, has_answer): (i64, ConversationId, bool)| {
        (has_answer && conversations.contains(&conversation)).then_some(id)
    };
    Ok(Answered { ids: rows.into_iter().filter_map(wanted).collect(), next })
}

/// Forgets what was answered.
pub(super) fn forget_answers(connection: &Connection, app: i64, ids: &[i64]) -> Result<(), Error> {
    for id in ids {
        change(connection, FORGET_ANSWER, (app, id)).during("forget_answers")?;
    }
    Ok(())
}

/// Whether a conversation was erased: what memory knows of it is newer than its row.
fn is_erased(connection: &Connection, heads: &Heads, id: ConversationId) -> rusqlite::Result<bool> {
    if let Some(head) = heads.get(id) {
        return Ok(head.erased);
    }
    let mut erased = connection.prepare_cached(ERASED)?;
    Ok(erased.query_row([id_bytes(&id)], |row| row.get(0)).optional()?.unwrap_or(false))
}

fn record(row: &Row<'_>) -> Result<DeliveryRecord, Error> {
    let id = unsigned(row, 0, "delivery_records.id", &"?")?;
    Ok(DeliveryRecord {
        id: DeliveryId::from_number(id),
        at: EpochMillis(column(row, 1, "delivery_records.at", &id)?),
        event: known(row, 2, "delivery_records.event", id, event)?,
        conversation: conversation_id(row, 3, "delivery_records.conversation", &id)?,
        version: unsigned(row, 4, "delivery_records.version", &id)?,
        endpoint: column(row, 5, "delivery_records.endpoint", &id)?,
        attempt: column(row, 6, "delivery_records.attempt", &id)?,
        outcome: known(row, 7, "delivery_records.outcome", id, DeliveryOutcome::parse)?,
        status: column(row, 8, "delivery_records.status", &id)?,
        duration: Duration::from_micros(unsigned(row, 9, "delivery_records.duration", &id)?),
        answer: column(row, 10, "delivery_records.answer", &id)?,
        error: column(row, 11, "delivery_records.error", &id)?,
    })
}

fn known<T>(
    row: &Row<'_>,
    index: usize,
    what: &'static str,
    id: u64,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, Error> {
    let text: String = column(row, index, what, &id)?;
    parse(&text).ok_or_else(|| corrupt(what, &id, "the word is unknown"))
}

/// How an event is stored: there are many rows, and the wire's names are long.
fn word(event: WebhookEvent) -> &'static str {
    match event {
        WebhookEvent::Content => "content",
        WebhookEvent::RichContent => "rich_content",
        WebhookEvent::AcceptStatus => "accept_status",
        WebhookEvent::ChatState => "chat_state",
        WebhookEvent::ConversationChange => "conversation_change",
    }
}

fn event(text: &str) -> Option<WebhookEvent> {
    [
        WebhookEvent::Content,
        WebhookEvent::RichContent,
        WebhookEvent::AcceptStatus,
        WebhookEvent::ChatState,
        WebhookEvent::ConversationChange,
    ]
    .into_iter()
    .find(|event| word(*event) == text)
}
