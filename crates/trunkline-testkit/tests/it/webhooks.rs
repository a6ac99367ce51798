//! Webhooks from the consumer's request to the receiver. Source: spec 06.

mod apps;
mod isolation;
mod notifications;
mod retries;
mod states;

use serde_json::{Value, json};
use trunkline_services::webhooks::{AppCommand, AppStatus, DeliveryPhase};
use trunkline_testkit::{App, Received, Receiver};

pub(crate) const TYPES: [&str; 5] = [
    "ms.MessagingEventNotification.ContentEvent",
    "ms.MessagingEventNotification.RichContentEvent",
    "ms.MessagingEventNotification.AcceptStatusEvent",
    "ms.MessagingEventNotification.ChatStateEvent",
    "cqm.ExConversationChangeNotification",
];

/// A webhook of every type at one endpoint.
pub(crate) fn everything_to(endpoint: &str) -> Value {
    TYPES.iter().map(|name| ((*name).to_owned(), json!({"endpoint": endpoint}))).collect()
}

/// Manifest members of an app with these webhooks.
pub(crate) fn members(name: &str, webhooks: &Value) -> Value {
    json!({"client_name": name, "capabilities": {"webhooks": webhooks}})
}

/// The one change of a notification.
pub(crate) fn change(arrived: &Received) -> Value {
    let body = arrived.json();
    let changes = body["body"]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{body}");
    changes[0].clone()
}

/// What a notification of a text says.
fn text(arrived: &Received) -> String {
    change(arrived)["event"]["message"].as_str().unwrap_or_default().to_owned()
}

fn texts(arrived: &[std::sync::Arc<Received>]) -> Vec<String> {
    arrived.iter().map(|arrived| text(arrived)).filter(|text| !text.is_empty()).collect()
}

/// Waits until an app's deliveries are in this state.
async fn reaches(app: &App<'_>, phase: DeliveryPhase) -> AppStatus {
    let handle = app.server.services.hub.app(app.id).expect("the app is delivered to");
    let mut status = handle.status;
    let reached = status.wait_for(|status| status.phase == phase);
    let reached = tokio::time::timeout(GUARD, reached).await.unwrap_or_else(|_| panic!("never {phase:?}"));
    reached.unwrap().clone()
}

/// Far longer than anything here takes: only so that a broken test ends.
const GUARD: std::time::Duration = std::time::Duration::from_mins(1);

/// An app with a webhook for texts only.
async fn texts_to<'a>(
    server: &'a trunkline_testkit::TestServer,
    receiver: &Receiver,
    more: &Value,
) -> App<'a> {
    let mut webhook = json!({"endpoint": receiver.url("/texts")});
    let mut webhooks = json!({});
    if let (Some(max), Value::Object(webhook)) = (more.get("max_retries"), &mut webhook) {
        webhook.insert("max_retries".to_owned(), max.clone());
    }
    webhooks[TYPES[0]] = webhook;
    if let Some(retention) = more.get("retention_time") {
        webhooks["retry"] = json!({"retention_time": retention});
    }
    let mut members = members("com.example.texts", &webhooks);
    if let Some(settings) = more.get("trunkline") {
        members["trunkline"] = settings.clone();
    }
    server.app_with(members).await
}

/// Waits until everything in the log is settled for an app.
pub(crate) async fn settled(app: &App<'_>) {
    let handle = app.server.services.hub.app(app.id).expect("the app is delivered to");
    let end = *app.server.services.storage.tail().borrow();
    let reached = async {
        loop {
            let (done, flushed) = tokio::sync::oneshot::channel();
            handle.commands.send(AppCommand::Flush { done }).await.unwrap();
            flushed.await.unwrap();
            if handle.status.borrow().position >= end {
                return;
            }
        }
    };
    tokio::time::timeout(GUARD, reached).await.expect("everything is settled");
}
