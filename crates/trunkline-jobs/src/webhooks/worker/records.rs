//! What was tried, on its way to the store and to whoever watches.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::sync::broadcast;
use trunkline_model::{DeliveryOutcome, DeliveryRecord};
use trunkline_services::webhooks::Notifier;
use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::{DeliveryId, EpochMillis};

use crate::webhooks::policy::EVENTS;
use crate::webhooks::reader::{Attempt, Item};
use crate::webhooks::transport::Answer;

/// How many records a watcher may be behind.
const WATCHED: usize = 256;

/// The newest records that are not in the store.
pub(super) struct Records {
    waiting: VecDeque<DeliveryRecord>,
    keep: usize,
    live: broadcast::Sender<Arc<DeliveryRecord>>,
    last: DeliveryId,
    endpoints: HashMap<WebhookEvent, String>,
    now: bool,
}

impl Records {
    /// Keeps the newest `keep`: older ones would be dropped from the store at once. Ids go on after `last`, whatever the
    /// clock says.
    pub(super) fn new(keep: usize, last: DeliveryId, notifier: &Notifier) -> Self {
        let mut records = Self {
            waiting: VecDeque::new(),
            keep,
            live: broadcast::Sender::new(WATCHED),
            last,
            endpoints: HashMap::new(),
            now: false,
        };
        records.reconfigure(notifier);
        records
    }

    /// Where records can be watched.
    pub(super) fn live(&self) -> broadcast::Sender<Arc<DeliveryRecord>> {
        self.live.clone()
    }

    pub(super) fn reconfigure(&mut self, notifier: &Notifier) {
        let endpoint = |event| notifier.endpoint(event).map(|endpoint| (event, without_query(endpoint)));
        self.endpoints = EVENTS.into_iter().filter_map(endpoint).collect();
    }

    /// Notes an attempt.
    pub(super) fn add(
        &mut self,
        attempt: &Attempt,
        outcome: DeliveryOutcome,
        answer: Answer,
        at: EpochMillis,
    ) {
        self.push(attempt, outcome, attempt.number, answer, at);
    }

    /// Notes that no attempt was made.
    pub(super) fn expired(&mut self, attempt: &Attempt, at: EpochMillis) {
        let why = match attempt.item {
            Item::Entry(_) => "older than the app's retention time",
            Item::Chat(_) => "no longer fresh",
        };
        let answer = Answer { error: Some(why.to_owned()), ..Answer::default() };
        self.push(attempt, DeliveryOutcome::Expired, 0, answer, at);
    }

    fn push(
        &mut self,
        attempt: &Attempt,
        outcome: DeliveryOutcome,
        number: u32,
        answer: Answer,
        at: EpochMillis,
    ) {
        if self.keep == 0 && self.live.receiver_count() == 0 {
            return;
        }
        let micros = u64::try_from(at.0).unwrap_or(0).saturating_mul(1000);
        self.last = DeliveryId::from_number(micros.max(self.last.number() + 1));
        let record = DeliveryRecord {
            id: self.last,
            at,
            event: attempt.event,
            conversation: attempt.key.conversation,
            version: attempt.item.version(),
            endpoint: self.endpoints.get(&attempt.event).cloned().unwrap_or_default(),
            attempt: number,
            outcome,
            status: answer.status,
            duration: answer.duration,
            answer: answer.excerpt,
            error: answer.error,
        };
        if self.live.receiver_count() > 0 {
            // Nobody may be left to hear it.
            let _ = self.live.send(Arc::new(record.clone()));
        }
        if self.waiting.len() >= self.keep {
            self.waiting.pop_front();
        }
        if self.keep > 0 {
            self.waiting.push_back(record);
        }
    }

    /// Takes records back that could not be written; what is too much is dropped, oldest first.
    pub(super) fn put_back(&mut self, mut records: Vec<DeliveryRecord>) {
        records.extend(self.waiting.drain(..));
        let superfluous = records.len().saturating_sub(self.keep);
        self.waiting = records.split_off(superfluous).into();
    }

    /// Writes records with the next progress.
    pub(super) fn flush_now(&mut self) {
        self.now = true;
    }

    /// Whether records wait for the store.
    pub(super) fn any(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The records to write with this progress: none, unless that was asked for.
    pub(super) fn take(&mut self) -> Vec<DeliveryRecord> {
        if std::mem::take(&mut self.now) { self.waiting.drain(..).collect() } else { Vec::new() }
    }
}

/// A query string may be a credential.
pub(super) fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}
