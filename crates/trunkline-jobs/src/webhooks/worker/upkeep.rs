//! What is done now and then: writing progress, showing the state, looking for slow endpoints.

use std::pin::Pin;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, Sleep};
use trunkline_model::{DeliveryProgress, LogPosition, Timer};
use trunkline_services::webhooks::{AppStatus, DeliveryPhase};
use trunkline_wire::EpochMillis;

use super::Worker;
use super::meters::Meters;
use super::records::{Records, without_query};
use super::running::Flush;
use crate::webhooks::reader::Reader;
use crate::webhooks::slowness::Slowness;

/// How soon progress goes to the flusher, which collects that of all apps.
const SOON: Duration = Duration::from_millis(10);
/// How often records are written. At a high rate writing every one would cost more than the deliveries: between two
/// writes only the newest stay, and whoever lists records has them written first.
const RECORDS: Duration = Duration::from_secs(5);
/// How often the state is shown while something happens.
const STATUS: Duration = Duration::from_secs(1);
/// How often an idle app is looked after.
const IDLE: Duration = Duration::from_mins(1);
/// An app without events of its own writes its position when the log has grown by so many entries.
const FAR: u64 = 4096;

/// Ends when it is time.
type Alarm = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What is due.
pub(super) enum Due {
    /// [`Worker::keep_up`].
    KeepUp,
    /// [`Reader::tick`].
    Tick,
}

/// When what is due.
pub(super) struct Upkeep {
    timer: Pin<Box<Sleep>>,
    tick: Option<(EpochMillis, Alarm)>,
    shown: Instant,
    recorded: Instant,
    status: watch::Sender<AppStatus>,
    written: LogPosition,
    pub(super) slowness: Slowness,
    disabling: bool,
}

impl Upkeep {
    pub(super) fn new(
        reader: &Reader,
        meters: &Meters,
        position: LogPosition,
    ) -> (Self, watch::Receiver<AppStatus>) {
        let phase = reader.phase();
        meters.phase(phase.to);
        let status = AppStatus { phase: phase.to, ..AppStatus::new(phase.since, position) };
        let (status, receiver) = watch::channel(status);
        let upkeep = Self {
            timer: Box::pin(tokio::time::sleep(STATUS)),
            tick: None,
            shown: Instant::now(),
            recorded: Instant::now(),
            status,
            written: position,
            slowness: Slowness::default(),
            disabling: false,
        };
        (upkeep, receiver)
    }

    /// A slow app could not be disabled: that is tried again when it is next seen to be slow.
    pub(super) fn not_disabled(&mut self) {
        self.disabling = false;
    }

    /// Sets the alarms.
    pub(super) fn arm(&mut self, reader: &Reader, records: &Records, clock: &dyn Timer) {
        let next = reader.next_tick();
        if self.tick.as_ref().map(|(at, _)| *at) != next {
            self.tick = next.map(|at| (at, clock.sleep_until(at)));
        }
        let wanted = if reader.has_moved() {
            SOON
        } else if records.any() || !reader.is_idle() || self.status.borrow().phase != DeliveryPhase::Up {
            STATUS
        } else {
            IDLE
        };
        let at = Instant::now() + wanted;
        if self.timer.deadline() > at || self.timer.is_elapsed() {
            self.timer.as_mut().reset(at);
        }
    }

    /// Waits for the next alarm.
    pub(super) async fn next(&mut self) -> Due {
        let Some((_, tick)) = &mut self.tick else {
            self.timer.as_mut().await;
            return Due::KeepUp;
        };
        tokio::select! {
            () = tick => {
                self.tick = None;
                Due::Tick
            }
            () = self.timer.as_mut() => Due::KeepUp,
        }
    }
}

impl Worker {
    /// Writes progress and shows the state.
    pub(super) fn keep_up(&mut self) {
        let now = self.shared.clock.now();
        self.reader.advance_phase(now);
        let a_second_passed = self.upkeep.shown.elapsed() >= STATUS;
        let far = self.reader.position().0.saturating_sub(self.upkeep.written.0) >= FAR;
        if a_second_passed {
            self.look_for_slow_endpoints(now);
            self.show(now);
        }
        let records = self.records.any() && self.upkeep.recorded.elapsed() >= RECORDS;
        if records {
            self.upkeep.recorded = Instant::now();
            self.records.flush_now();
        }
        if self.reader.has_moved() || far || records {
            self.flush();
        }
    }

    /// Writes progress, unless that is under way: then it is written again afterwards, because something is left.
    pub(super) fn flush(&mut self) {
        if self.running.flushes {
            return;
        }
        let now = self.shared.clock.now();
        let notes = self.reader.notes(now);
        self.replies.writing(&self.reader);
        let progress = DeliveryProgress {
            account: self.app.account.clone(),
            app: self.app.id,
            generation: self.generation,
            position: notes.position,
            lost: notes.lost,
            replayed: notes.replayed,
            parked: notes.parked.clone(),
            settled: notes.settled.clone(),
            records: self.records.take(),
        };
        self.running.flush(&self.shared, progress, notes);
    }

    /// Progress was written, or not.
    pub(super) fn flushed(&mut self, flush: Flush) {
        let Flush { notes, written, records } = flush;
        if written {
            self.upkeep.written = notes.position;
            self.reader.noted(&notes);
            self.show(self.shared.clock.now());
        } else {
            self.reader.not_noted(notes);
            self.records.put_back(records);
        }
        self.replies.written(written);
    }

    /// Tells everybody when the app's state changed.
    pub(super) fn observe_phase(&mut self) {
        let entered = self.reader.entered();
        let shown = self.upkeep.status.borrow().phase;
        let phase = self.reader.phase();
        if entered.is_empty()
            && phase.to == shown
            && self.upkeep.status.borrow().next_probe == self.reader.next_probe()
        {
            return;
        }
        for state in entered {
            self.meters.entered(state);
            let to = state.as_str();
            if state == DeliveryPhase::Failed {
                let failing = self.failing().join(", ");
                tracing::warn!(app.id = %self.app.id, to, failing, "webhook delivery failed: events wait");
            } else {
                tracing::info!(app.id = %self.app.id, to, "webhook delivery changed its state");
            }
        }
        self.meters.phase(phase.to);
        self.show(self.shared.clock.now());
    }

    fn failing(&self) -> Vec<String> {
        self.reader.failing().iter().map(|endpoint| without_query(endpoint)).collect()
    }

    fn show(&mut self, now: EpochMillis) {
        let phase = self.reader.phase();
        let oldest = self.reader.oldest();
        self.meters.lag(oldest.map(|at| now.since(at)).unwrap_or_default());
        let slow = self.upkeep.status.borrow().slow;
        self.upkeep.shown = Instant::now();
        self.upkeep.status.send_replace(AppStatus {
            phase: phase.to,
            since: phase.since,
            failing: self.failing(),
            next_probe: self.reader.next_probe(),
            position: self.reader.position(),
            in_flight: self.reader.in_flight(),
            waiting: self.reader.waiting(),
            oldest,
            lost: self.reader.lost(),
            slow,
        });
    }

    fn look_for_slow_endpoints(&mut self, now: EpochMillis) {
        let slowest = self.upkeep.slowness.slowest(now);
        let was = self.upkeep.status.borrow().slow;
        if slowest.is_some() != was {
            self.meters.slow(slowest.is_some());
            self.upkeep.status.send_modify(|status| status.slow = slowest.is_some());
        }
        let Some(endpoint) = slowest else { return };
        if !was {
            let endpoint = without_query(&endpoint);
            tracing::warn!(app.id = %self.app.id, endpoint, "the endpoint needs more than 2.5 s for an answer");
        }
        if self.shared.options.disable_slow_apps && !self.upkeep.disabling {
            self.upkeep.disabling = true;
            self.running.disable(&self.shared, &self.app.account, self.app.id);
        }
    }
}
