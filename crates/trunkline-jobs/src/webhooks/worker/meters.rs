//! What is counted for one app.

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram};
use trunkline_model::DeliveryOutcome;
use trunkline_services::webhooks::DeliveryPhase;
use trunkline_wire::AppInstallationId;
use trunkline_wire::installations::WebhookEvent;

use crate::webhooks::policy::EVENTS;

/// The meters of one app.
pub(super) struct Meters {
    deliveries: Vec<(WebhookEvent, DeliveryOutcome, Counter)>,
    lag: Gauge,
    latency: Histogram,
    phases: [(DeliveryPhase, Gauge); 4],
    entered: [(DeliveryPhase, Counter); 4],
    slow: Gauge,
}

impl Meters {
    pub(super) fn new(app: AppInstallationId) -> Self {
        let app = app.to_string();
        let deliveries = EVENTS.into_iter().flat_map(|event| {
            let app = app.clone();
            DeliveryOutcome::ALL.into_iter().map(move |outcome| {
                let labels = [
                    ("app", app.clone()),
                    ("type", event.as_str().to_owned()),
                    ("outcome", outcome.as_str().to_owned()),
                ];
                (event, outcome, metrics::counter!("trunkline_webhook_deliveries_total", &labels))
            })
        });
        let phase = |phase: DeliveryPhase| {
            let labels = [("app", app.clone()), ("state", phase.as_str().to_owned())];
            (phase, metrics::gauge!("trunkline_webhook_state", &labels))
        };
        let entered = |phase: DeliveryPhase| {
            let labels = [("app", app.clone()), ("state", phase.as_str().to_owned())];
            (phase, metrics::counter!("trunkline_webhook_state_changes_total", &labels))
        };
        Self {
            deliveries: deliveries.collect(),
            entered: DeliveryPhase::ALL.map(entered),
            lag: metrics::gauge!("trunkline_webhook_lag_seconds", "app" => app.clone()),
            latency: metrics::histogram!("trunkline_webhook_latency_seconds", "app" => app.clone()),
            phases: DeliveryPhase::ALL.map(phase),
            slow: metrics::gauge!("trunkline_webhook_slow", "app" => app.clone()),
        }
    }

    /// Counts the outcome of a request, `after` the event was decided.
    pub(super) fn delivered(&self, event: WebhookEvent, outcome: DeliveryOutcome, after: Duration) {
        self.count(event, outcome);
        if outcome == DeliveryOutcome::Delivered {
            self.latency.record(after.as_secs_f64());
        }
    }

    /// Counts an event that was too old.
    pub(super) fn expired(&self, event: WebhookEvent) {
        self.count(event, DeliveryOutcome::Expired);
    }

    fn count(&self, event: WebhookEvent, outcome: DeliveryOutcome) {
        let meter = self.deliveries.iter().find(|(of, with, _)| *of == event && *with == outcome);
        if let Some((_, _, counter)) = meter {
            counter.increment(1);
        }
    }

    /// Counts that the app entered a state.
    pub(super) fn entered(&self, phase: DeliveryPhase) {
        if let Some((_, counter)) = self.entered.iter().find(|(known, _)| *known == phase) {
            counter.increment(1);
        }
    }

    /// Shows where the app stands.
    pub(super) fn phase(&self, phase: DeliveryPhase) {
        for (known, gauge) in &self.phases {
            gauge.set(if *known == phase { 1.0 } else { 0.0 });
        }
    }

    /// Shows how old the oldest undelivered event is.
    pub(super) fn lag(&self, lag: Duration) {
        self.lag.set(lag.as_secs_f64());
    }

    /// Shows whether an endpoint is too slow.
    pub(super) fn slow(&self, slow: bool) {
        self.slow.set(if slow { 1.0 } else { 0.0 });
    }

    /// The app is not delivered to any more.
    pub(super) fn gone(&self) {
        for (_, gauge) in &self.phases {
            gauge.set(0.0);
        }
        self.lag.set(0.0);
        self.slow.set(0.0);
    }
}
