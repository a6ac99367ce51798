//! Deliveries on standard output.

use trunkline_wire::operator::deliveries::{
    DeliveryInfo, DeliveryList, DeliveryStatus, SampleInfo, TestReport, short_name,
};

use crate::failure::Failure;
use crate::output::{self, Format, printable};

pub(super) fn list(format: Format, list: &DeliveryList) -> Result<(), Failure> {
    let titles =
        ["ID", "TIME", "TYPE", "CONVERSATION", "VERSION", "ATTEMPT", "OUTCOME", "STATUS", "MS", "ERROR"];
    let rows: Vec<_> = list.deliveries.iter().map(row).collect();
    output::list(format, list, titles, &rows)
}

fn row(delivery: &DeliveryInfo) -> [String; 10] {
    [
        delivery.id.to_string(),
        output::time(delivery.at),
        short_name(delivery.event).to_owned(),
        delivery.conversation.to_string(),
        delivery.version.to_string(),
        delivery.attempt.to_string(),
        delivery.outcome.as_str().to_owned(),
        status_of(delivery.status),
        delivery.duration_ms.to_string(),
        delivery.error.as_deref().map(printable).unwrap_or_default(),
    ]
}

/// One delivery of many as they happen.
pub(super) fn line(delivery: &DeliveryInfo) -> String {
    let status = delivery.status.map(|status| format!(" {status}")).unwrap_or_default();
    let error = delivery.error.as_deref().map(|error| format!(": {}", printable(error))).unwrap_or_default();
    format!(
        "{time}  {outcome:9}  {kind}  {conversation}/{version}  attempt {attempt}{status} in {millis} ms{error}\n",
        time = output::time(delivery.at),
        outcome = delivery.outcome.as_str(),
        kind = short_name(delivery.event),
        conversation = delivery.conversation,
        version = delivery.version,
        attempt = delivery.attempt,
        millis = delivery.duration_ms,
    )
}

pub(super) fn delivery(format: Format, delivery: &DeliveryInfo) -> Result<(), Failure> {
    let fields = [
        ("id", delivery.id.to_string()),
        ("time", output::time(delivery.at)),
        ("type", delivery.event.as_str().to_owned()),
        ("conversation", delivery.conversation.to_string()),
        ("version", delivery.version.to_string()),
        ("endpoint", printable(&delivery.endpoint)),
        ("attempt", delivery.attempt.to_string()),
        ("outcome", delivery.outcome.as_str().to_owned()),
        ("status", status_of(delivery.status)),
        ("took", format!("{} ms", delivery.duration_ms)),
        ("answer", printable(&delivery.answer)),
        ("error", delivery.error.as_deref().map(printable).unwrap_or_default()),
    ];
    output::object(format, delivery, &fields)
}

pub(super) fn status(format: Format, status: &DeliveryStatus) -> Result<(), Failure> {
    let mut fields = vec![
        ("state", status.phase.as_str().to_owned()),
        ("since", output::time(status.since)),
        ("behind", format!("{} ms", status.lag_ms)),
        ("in flight", status.in_flight.to_string()),
        ("waiting conversations", status.waiting.to_string()),
    ];
    fields.extend(status.failing.iter().map(|endpoint| ("failing", printable(endpoint))));
    fields.extend(status.next_probe.map(|at| ("next probe", output::time(at))));
    if status.lost.is_some() {
        fields.push(("given up", "some events; trunkline webhook replay --outage delivers them".to_owned()));
    }
    if status.slow {
        fields.push(("slow", "the median answer took more than 2.5 s for two minutes".to_owned()));
    }
    output::object(format, status, &fields)
}

pub(super) fn report(format: Format, report: &TestReport) -> Result<(), Failure> {
    let rows: Vec<_> = report.samples.iter().map(sample).collect();
    output::list(format, report, ["TYPE", "RESULT", "STATUS", "MS", "ENDPOINT", "ANSWER"], &rows)?;
    if format == Format::Text {
        for check in &report.signature_checks {
            let status = check.status.map(|status| format!(" ({status})")).unwrap_or_default();
            let endpoint = printable(&check.endpoint);
            output::print(&format!("signature check: {endpoint} {}{status}\n", check.message))?;
        }
    }
    Ok(())
}

fn sample(sample: &SampleInfo) -> [String; 6] {
    let result = match (&sample.endpoint, sample.accepted) {
        (None, _) => "no webhook",
        (_, true) => "accepted",
        (_, false) => "refused",
    };
    let said = sample.error.as_ref().unwrap_or(&sample.answer);
    [
        short_name(sample.event).to_owned(),
        result.to_owned(),
        status_of(sample.status),
        sample.endpoint.as_ref().map(|_| sample.duration_ms.to_string()).unwrap_or_default(),
        sample.endpoint.as_deref().map(printable).unwrap_or_default(),
        if sample.endpoint.is_some() { printable(said) } else { String::new() },
    ]
}

fn status_of(status: Option<u16>) -> String {
    status.map(|status| status.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use trunkline_wire::installations::WebhookEvent;
    use trunkline_wire::operator::deliveries::Outcome;
    use trunkline_wire::{ConversationId, DeliveryId, EpochMillis};

    use super::*;

    fn delivery(status: Option<u16>, error: Option<&str>) -> DeliveryInfo {
        DeliveryInfo {
            id: DeliveryId::from_number(7),
            at: EpochMillis(1_700_000_020_456),
            event: WebhookEvent::ConversationChange,
            conversation: ConversationId::parse("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").unwrap(),
            version: 3,
            endpoint: "https://bridge.example.org/lp".to_owned(),
            attempt: 2,
            outcome: if error.is_some() { Outcome::Failed } else { Outcome::Delivered },
            status,
            duration_ms: 41,
            answer: String::new(),
            error: error.map(str::to_owned),
        }
    }

    #[test]
    fn a_delivery_is_one_line() {
        assert_eq!(
            line(&delivery(Some(200), None)),
            "2023-11-14T22:13:40Z  delivered  ExConversationChangeNotification  b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57/3  attempt 2 200 in 41 ms\n"
        );
        assert_eq!(
            line(&delivery(None, Some("no\nanswer"))),
            "2023-11-14T22:13:40Z  failed     ExConversationChangeNotification  b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57/3  attempt 2 in 41 ms: no\\nanswer\n"
        );
    }
}
