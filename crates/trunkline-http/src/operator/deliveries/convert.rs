//! From the model and the service to the wire.

use std::time::Duration;

use trunkline_model::{DeliveryOutcome, DeliveryRecord};
use trunkline_services::webhooks::{
    AppStatus, DeliveryPhase, SampleAnswer, SignatureVerdict, TestReport, TestedSample, Verdict,
};
use trunkline_wire::EpochMillis;
use trunkline_wire::operator::deliveries as wire;

use crate::operator::refusal::Refusal;

pub(super) fn outcome(outcome: wire::Outcome) -> Result<DeliveryOutcome, Refusal> {
    match outcome {
        wire::Outcome::Delivered => Ok(DeliveryOutcome::Delivered),
        wire::Outcome::Failed => Ok(DeliveryOutcome::Failed),
        wire::Outcome::Dropped => Ok(DeliveryOutcome::Dropped),
        wire::Outcome::Expired => Ok(DeliveryOutcome::Expired),
        _ => Err(Refusal::invalid("outcome must be delivered, failed, dropped or expired")),
    }
}

pub(super) fn record(record: &DeliveryRecord) -> wire::DeliveryInfo {
    wire::DeliveryInfo {
        id: record.id,
        at: record.at,
        event: record.event,
        conversation: record.conversation,
        version: record.version,
        endpoint: record.endpoint.clone(),
        attempt: record.attempt,
        outcome: match record.outcome {
            DeliveryOutcome::Delivered => wire::Outcome::Delivered,
            DeliveryOutcome::Failed => wire::Outcome::Failed,
            DeliveryOutcome::Dropped => wire::Outcome::Dropped,
            DeliveryOutcome::Expired => wire::Outcome::Expired,
        },
        status: record.status,
        duration_ms: millis(record.duration),
        answer: record.answer.clone(),
        error: record.error.clone(),
    }
}

pub(super) fn status(status: AppStatus, now: EpochMillis) -> wire::DeliveryStatus {
    wire::DeliveryStatus {
        phase: match status.phase {
            DeliveryPhase::Up => wire::Phase::Up,
            DeliveryPhase::Failed => wire::Phase::Failed,
            DeliveryPhase::InTransition => wire::Phase::InTransition,
            DeliveryPhase::Recovered => wire::Phase::Recovered,
        },
        since: status.since,
        failing: status.failing,
        next_probe: status.next_probe,
        position: status.position.0,
        in_flight: status.in_flight,
        waiting: status.waiting,
        oldest: status.oldest,
        lag_ms: status.oldest.map_or(0, |oldest| millis(now.since(oldest))),
        lost: status.lost.map(|lost| wire::LostInfo { first: lost.first.0, last: lost.last.0 }),
        slow: status.slow,
    }
}

pub(super) fn report(report: TestReport) -> wire::TestReport {
    wire::TestReport {
        samples: report.samples.into_iter().map(sample).collect(),
        signature_checks: report.verdicts.into_iter().map(check).collect(),
    }
}

fn sample(TestedSample { event, sent }: TestedSample) -> wire::SampleInfo {
    let (endpoint, answer) = sent.map_or_else(
        || {
            let error = Some("the app has no webhook of this kind".to_owned());
            (None, SampleAnswer { error, ..SampleAnswer::default() })
        },
        |(endpoint, answer)| (Some(endpoint), answer),
    );
    wire::SampleInfo {
        event,
        endpoint,
        accepted: answer.is_confirmation(),
        status: answer.status,
        duration_ms: millis(answer.duration),
        answer: answer.excerpt,
        error: answer.error,
    }
}

fn check(SignatureVerdict { endpoint, verdict, status }: SignatureVerdict) -> wire::SignatureCheck {
    wire::SignatureCheck {
        endpoint,
        verdict: match verdict {
            Verdict::Checks => wire::Verdict::Checks,
            Verdict::Ignores => wire::Verdict::Ignores,
            Verdict::NotAsked | Verdict::Unclear => wire::Verdict::Unclear,
        },
        status,
        message: verdict.message().to_owned(),
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
