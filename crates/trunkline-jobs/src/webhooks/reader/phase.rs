//! The states of retry by time to live. Source: spec 06 §6.2.
//!
//! A failed app is probed: at each tick of the back-off the oldest waiting event of every failing endpoint is sent; the
//! app recovers when each of these was confirmed. The back-off begins anew only after such a confirmation: when there is
//! nothing to probe an endpoint with, the app goes on as if it had recovered, and the next failure continues the series.
//!
//! The other states follow from places in the log: in transition until everything is settled that was in the log when
//! the app recovered, then recovered until everything is settled that came in meanwhile.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use trunkline_model::LogPosition;
use trunkline_services::webhooks::DeliveryPhase;
use trunkline_wire::EpochMillis;

use super::lane::{Activity, Lane, LaneKey};
use super::{Drain, Reader};
use crate::webhooks::backoff;

/// Where an app stands.
#[derive(Debug)]
pub(super) struct Phase {
    is: Is,
    since: EpochMillis,
    /// How many gaps of the present series are over.
    gaps: u32,
    /// Lanes whose next request is a probe.
    probing: HashSet<LaneKey>,
    /// Probing lanes that have something to send.
    probes: VecDeque<LaneKey>,
    /// The endpoints whose probe of this round was answered or failed.
    probed: HashSet<Arc<str>>,
    /// A probe of this round was confirmed.
    confirmed: bool,
    /// The states that were entered and not told yet.
    entered: Vec<DeliveryPhase>,
}

#[derive(Debug)]
enum Is {
    Up,
    Failed {
        failing: BTreeSet<Arc<str>>,
        next_probe: Option<EpochMillis>,
    },
    /// The app has recovered, but the place to which the log reached then is not known yet.
    Recovering,
    InTransition {
        until: LogPosition,
    },
    Recovered {
        until: LogPosition,
    },
}

/// Told for log and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PhaseChange {
    pub(crate) to: DeliveryPhase,
    pub(crate) since: EpochMillis,
}

impl Phase {
    /// An app with a backlog begins in transition.
    pub(super) fn start(backlog: Option<LogPosition>, now: EpochMillis) -> Self {
        let is = backlog.map_or(Is::Up, |until| Is::InTransition { until });
        Self {
            is,
            since: now,
            gaps: 0,
            probing: HashSet::new(),
            probes: VecDeque::new(),
            probed: HashSet::new(),
            confirmed: false,
            entered: Vec::new(),
        }
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(self.is, Is::Up)
    }

    pub(super) fn is_failed(&self) -> bool {
        matches!(self.is, Is::Failed { .. } | Is::Recovering)
    }

    pub(super) fn is_recovered(&self) -> bool {
        matches!(self.is, Is::Recovered { .. })
    }

    pub(super) fn next_probe(&self) -> Option<EpochMillis> {
        match &self.is {
            Is::Failed { next_probe, .. } => *next_probe,
            _ => None,
        }
    }

    /// Takes a lane that has something to send as a probe, if it is to be one.
    pub(super) fn take_probe(&mut self, key: LaneKey) -> bool {
        let probes = self.probing.contains(&key);
        if probes {
            self.probes.push_back(key);
        }
        probes
    }

    /// The next gap is the longer one. Probes that come unasked, because the app says that it is back, do not count.
    pub(super) fn gap_is_over(&mut self) {
        self.gaps += 1;
    }

    /// Whether a lane's next request is a probe.
    pub(super) fn is_probing(&self, key: LaneKey) -> bool {
        self.probing.contains(&key)
    }

    pub(super) fn next_ready_probe(&mut self) -> Option<LaneKey> {
        self.probes.pop_front()
    }

    /// A lane ended without a probe having been sent.
    pub(super) fn probe_vanished(&mut self, key: LaneKey) {
        self.probing.remove(&key);
    }

    /// Takes the outcome of a request into account, a probe's or another's.
    pub(super) fn answered(&mut self, key: LaneKey, endpoint: Option<&Arc<str>>, confirmed: bool) {
        let probe = self.probing.remove(&key);
        if let (Is::Failed { failing, .. }, Some(endpoint)) = (&mut self.is, endpoint)
            && probe
        {
            self.probed.insert(Arc::clone(endpoint));
            if confirmed {
                failing.remove(endpoint);
                self.confirmed = true;
            }
        }
    }

    fn state(&self) -> DeliveryPhase {
        match &self.is {
            Is::Up => DeliveryPhase::Up,
            Is::Failed { .. } | Is::Recovering => DeliveryPhase::Failed,
            Is::InTransition { .. } => DeliveryPhase::InTransition,
            Is::Recovered { .. } => DeliveryPhase::Recovered,
        }
    }

    fn set(&mut self, is: Is, now: EpochMillis) {
        let before = self.state();
        self.is = is;
        let state = self.state();
        if state != before {
            self.entered.push(state);
        }
        self.since = now;
        self.probing.clear();
        self.probes.clear();
    }
}

impl Reader {
    /// Where the app stands.
    pub(crate) fn phase(&self) -> PhaseChange {
        // Retry by number knows no states.
        let to = if self.policy.retention.is_none() { DeliveryPhase::Up } else { self.phase.state() };
        PhaseChange { to, since: self.phase.since }
    }

    /// The states that the app entered since the last time, in order.
    pub(crate) fn entered(&mut self) -> Vec<DeliveryPhase> {
        let entered = std::mem::take(&mut self.phase.entered);
        if self.policy.retention.is_none() { Vec::new() } else { entered }
    }

    /// The endpoints that fail.
    pub(crate) fn failing(&self) -> Vec<Arc<str>> {
        match &self.phase.is {
            Is::Failed { failing, .. } => failing.iter().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// When a failed app is probed next.
    pub(crate) fn next_probe(&self) -> Option<EpochMillis> {
        self.phase.next_probe()
    }

    /// An endpoint did not confirm an event that is kept.
    pub(super) fn endpoint_failed(&mut self, endpoint: Arc<str>, now: EpochMillis) {
        if let Is::Failed { failing, .. } = &mut self.phase.is {
            failing.insert(endpoint);
            return;
        }
        if self.phase.is_up() {
            self.phase.gaps = 0;
        }
        let next_probe = Some(now.plus(backoff::before_probe(self.phase.gaps)));
        self.phase.set(Is::Failed { failing: BTreeSet::from([endpoint]), next_probe }, now);
    }

    /// Sends the oldest waiting event of every failing endpoint.
    pub(super) fn probe(&mut self, now: EpochMillis) {
        let Is::Failed { next_probe, .. } = &mut self.phase.is else { return };
        *next_probe = None;
        self.phase.confirmed = false;
        self.phase.probed.clear();
        self.end_of_probes(now);
    }

    /// Probes the failing endpoints that were not probed in this round. When all were: recovers, or waits for the next
    /// round.
    pub(super) fn end_of_probes(&mut self, now: EpochMillis) {
        let Is::Failed { failing, next_probe } = &mut self.phase.is else { return };
        if next_probe.is_some() || !self.phase.probing.is_empty() {
            return;
        }
        let mut probes = Vec::new();
        failing.retain(|endpoint| {
            // Without an event to probe it with, an endpoint may have recovered or not.
            let oldest = oldest_waiting(&self.lanes, endpoint);
            // An event that was too old to be sent probed nothing: the next one does.
            probes.extend(oldest.filter(|_| !self.phase.probed.contains(endpoint)));
            oldest.is_some()
        });
        if failing.is_empty() {
            if self.phase.confirmed {
                self.phase.gaps = 0;
            }
            self.phase.set(Is::Recovering, now);
        } else if probes.is_empty() {
            *next_probe = Some(now.plus(backoff::before_probe(self.phase.gaps)));
        } else {
            self.phase.probing.extend(&probes);
            for key in probes {
                self.unpark(key);
            }
        }
    }

    /// Whether the app waits for [`Reader::recover`].
    pub(crate) fn is_recovering(&self) -> bool {
        matches!(self.phase.is, Is::Recovering)
    }

    /// Goes on after a failure: what is in the log by now, up to `tail`, was stored and is drained; what comes later is
    /// live.
    pub(crate) fn recover(&mut self, tail: LogPosition, now: EpochMillis) {
        if !self.is_recovering() {
            return;
        }
        if self.drain.is_none() && self.live < tail {
            self.drain = Some(Drain { read: self.live, until: tail });
            self.live = tail;
        }
        self.phase.set(Is::InTransition { until: tail.max(self.live) }, now);
        let waiting: Vec<LaneKey> = self
            .lanes
            .iter()
            .filter(|(_, lane)| matches!(&lane.activity, Activity::Parked(parked) if parked.due.is_none()))
            .map(|(key, _)| *key)
            .collect();
        for key in waiting {
            self.unpark(key);
        }
        self.read_again();
    }

    /// Whatever came into memory before or while the app had failed is left to the store, which may have something else in
    /// its place by now: a failure can last for days. What is being sent stays.
    fn read_again(&mut self) {
        self.ready.clear();
        let held: BTreeSet<_> = self
            .lanes
            .iter()
            .filter(|(_, lane)| !lane.queue.is_empty())
            .map(|(key, lane)| (lane.settled_to(), *key))
            .collect();
        for (_, key) in held {
            let Some(lane) = self.lanes.get_mut(&key) else { continue };
            self.buffered -= lane.spill_waiting();
            if lane.activity == Activity::Ready {
                lane.activity = Activity::Idle;
                self.look_at(key);
            }
        }
    }

    /// Tries what had failed now instead of when it is due: "we are back".
    pub(crate) fn resume(&mut self, now: EpochMillis) {
        if self.policy.retention.is_none() && matches!(self.phase.is, Is::Failed { .. }) {
            // Retry by number has taken over.
            self.phase.set(Is::Recovering, now);
        }
        let policy = &self.policy;
        if let Is::Failed { failing, next_probe } = &mut self.phase.is {
            failing.retain(|endpoint| policy.uses(endpoint));
            if next_probe.is_some() {
                self.probe(now);
            }
        }
        let due: Vec<LaneKey> = self.due.iter().map(|(_, key)| *key).collect();
        for key in due {
            self.unpark(key);
        }
    }

    /// Moves on to the next state when everything it waited for is settled. Cheap enough for now and then, not for every
    /// event.
    pub(crate) fn advance_phase(&mut self, now: EpochMillis) {
        let settled = self.settled_to();
        match self.phase.is {
            Is::InTransition { until } if settled >= until => {
                let until = self.live;
                self.phase.set(Is::Recovered { until }, now);
                self.advance_phase(now);
            }
            Is::Recovered { until } if settled >= until => self.phase.set(Is::Up, now),
            _ => {}
        }
    }
}

/// The lane with the oldest event that waits for the recovery of this endpoint.
fn oldest_waiting(lanes: &HashMap<LaneKey, Lane>, endpoint: &Arc<str>) -> Option<LaneKey> {
    let waits = |lane: &Lane| matches!(&lane.activity, Activity::Parked(parked) if parked.due.is_none() && parked.endpoint == *endpoint);
    lanes.iter().filter(|(_, lane)| waits(lane)).min_by_key(|(_, lane)| lane.floor).map(|(key, _)| *key)
}
