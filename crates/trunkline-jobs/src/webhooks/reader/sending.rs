//! Attempts: which comes next, and what follows from its outcome.

use std::sync::Arc;

use trunkline_model::{DeliveryOutcome, LostRange, ReplayMark};
use trunkline_wire::EpochMillis;
use trunkline_wire::installations::WebhookEvent;

use super::Reader;
use super::lane::{Activity, Item, LaneKey, Parked};
use crate::webhooks::backoff;

/// A request to make.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) key: LaneKey,
    pub(crate) item: Item,
    pub(crate) event: WebhookEvent,
    /// 1 for the first one.
    pub(crate) number: u32,
}

/// What the reader decided to do next.
#[derive(Debug, Clone)]
pub(crate) enum Settled {
    /// Make this request, and tell how it went.
    Send(Attempt),
    /// This one is too old for an attempt; it was passed over.
    Expired(Attempt),
}

impl Reader {
    /// The next thing to do, if there is one now. A request must be answered by [`Reader::completed`].
    pub(crate) fn next_attempt(&mut self, now: EpochMillis) -> Option<Settled> {
        if self.rewind.is_some() {
            return None;
        }
        while self.in_flight < self.limit {
            let key =
                if self.phase.is_failed() { self.phase.next_ready_probe() } else { self.ready.pop_front() }?;
            let Some(lane) = self.lanes.get(&key).filter(|lane| lane.activity == Activity::Ready) else {
                continue;
            };
            let (Some(item), number) = (lane.queue.front().cloned(), lane.attempts + 1) else { continue };
            if let Some(waiting) = self.busy.get_mut(&key.conversation) {
                waiting.push(key);
                continue;
            }
            let event = match &item {
                Item::Entry(entry) => self.policy.target_of(&entry.entry).map(|target| target.event),
                Item::Chat(state) => self.policy.target_of_chat_state(state).map(|target| target.event),
            };
            let Some(event) = event else {
                // The configuration changed: it is not wanted any more.
                self.settle(key);
                self.end_of_probes(now);
                continue;
            };
            let attempt = Attempt { key, item, event, number };
            if self.is_too_old(&attempt.item, now) {
                self.give_up(&attempt.item);
                self.settle(key);
                self.end_of_probes(now);
                return Some(Settled::Expired(attempt));
            }
            if let Some(lane) = self.lanes.get_mut(&key) {
                lane.activity = Activity::InFlight;
            }
            self.busy.insert(key.conversation, Vec::new());
            self.in_flight += 1;
            return Some(Settled::Send(attempt));
        }
        None
    }

    /// Takes the outcome of a request.
    pub(crate) fn completed(
        &mut self,
        attempt: &Attempt,
        confirmed: bool,
        now: EpochMillis,
    ) -> DeliveryOutcome {
        let key = attempt.key;
        self.in_flight -= 1;
        for waiting in self.busy.remove(&key.conversation).unwrap_or_default() {
            if !self.phase.take_probe(waiting) {
                self.ready.push_back(waiting);
            }
        }
        if let Some(lane) = self.lanes.get_mut(&key) {
            lane.activity = Activity::Idle;
        }
        let endpoint = self.policy.target(attempt.event).map(|target| Arc::clone(&target.endpoint));
        // First: the lane's next event is no probe any more.
        self.phase.answered(key, endpoint.as_ref(), confirmed);
        let outcome = if confirmed {
            self.settle(key);
            DeliveryOutcome::Delivered
        } else {
            self.failed(attempt, now)
        };
        self.end_of_probes(now);
        self.rewind_if_quiet(now);
        outcome
    }

    fn failed(&mut self, attempt: &Attempt, now: EpochMillis) -> DeliveryOutcome {
        let key = attempt.key;
        let (Item::Entry(entry), Some(target)) = (&attempt.item, self.policy.target(attempt.event)) else {
            // A chat state is not kept, and what is not wanted any more needs no second attempt.
            self.settle(key);
            return DeliveryOutcome::Dropped;
        };
        let (max_retries, endpoint) = (target.max_retries, Arc::clone(&target.endpoint));
        let by_time = self.policy.retention.is_some();
        // Source: spec 06 §6.2, `max_retries: 0`.
        let exempt = by_time && max_retries == Some(0);
        let dropped = if by_time {
            exempt && !self.phase.is_failed()
        } else {
            !backoff::try_again(attempt.number, max_retries)
        };
        if dropped {
            self.give_up(&attempt.item);
            self.settle(key);
            return DeliveryOutcome::Dropped;
        }
        if by_time {
            self.park(key, attempt.number, None, Arc::clone(&endpoint));
            if !exempt {
                self.endpoint_failed(endpoint, now);
            }
        } else if self.policy.best_effort && key.alone.is_none() {
            self.park_alone(entry, attempt.number, now.plus(backoff::BY_NUMBER));
            self.settle(key);
        } else {
            self.park(key, attempt.number, Some(now.plus(backoff::BY_NUMBER)), endpoint);
        }
        DeliveryOutcome::Failed
    }

    /// Lets a lane wait with its first entry; the others go back to the store.
    fn park(&mut self, key: LaneKey, attempts: u32, due: Option<EpochMillis>, endpoint: Arc<str>) {
        let Some(lane) = self.lanes.get_mut(&key) else { return };
        if let Some(position) = lane.queue.front().and_then(Item::position) {
            lane.floor = trunkline_model::LogPosition(position.0.saturating_sub(1));
        }
        self.buffered -= lane.spill();
        lane.attempts = attempts;
        lane.activity = Activity::Parked(Parked { due, endpoint });
        lane.noted = true;
        self.touched.insert(key);
        if let Some(due) = due {
            self.due.insert((due, key));
        }
    }

    /// Passes a lane's first item over: it is delivered, or will not be.
    pub(super) fn settle(&mut self, key: LaneKey) {
        let Some(lane) = self.lanes.get_mut(&key) else { return };
        if let Some(item) = lane.queue.pop_front() {
            self.buffered -= 1;
            if let Some(position) = item.position() {
                (lane.next, lane.floor, lane.attempts) = (item.version() + 1, position, 0);
                self.moved = true;
            }
        }
        if lane.noted {
            self.touched.insert(key);
        }
        lane.activity = Activity::Idle;
        self.look_at(key);
    }

    fn is_too_old(&self, item: &Item, now: EpochMillis) -> bool {
        match item {
            Item::Chat(state) => now.since(state.at) > self.policy.chat_state_lifetime,
            Item::Entry(entry) => self.policy.retention.is_some_and(|retention| {
                // What is delivered again counts as decided when that was asked for.
                let replayed =
                    |mark: &ReplayMark| mark.after < entry.position && entry.position <= mark.until;
                let again = self.replayed.filter(replayed).map(|mark| mark.at);
                now.since(entry.entry.at.max(again.unwrap_or(entry.entry.at))) > retention
            }),
        }
    }

    fn give_up(&mut self, item: &Item) {
        if let Some(position) = item.position() {
            self.lost = Some(LostRange::with(self.lost, position));
            self.moved = true;
        }
    }
}
