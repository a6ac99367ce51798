//! Notifications ready to be sent: endpoint, headers, signature. Source: spec 06 §2, §4.
//!
//! A [`Notifier`] holds whatever of a notification is the same every time: parsed headers, prepared keys. It is made anew
//! when the app changes; a delivery signs with the secrets that count at that moment, however long it waited.

mod prepared;
mod signing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use trunkline_model::AppInstallation;
use trunkline_wire::EpochMillis;
use trunkline_wire::installations::{DeliveryOrder, Settings, WebhookEvent};
use trunkline_wire::webhooks::escape_non_ascii;

use crate::Error;
use crate::sentinel::ClientSecrets;
use prepared::Prepared;
use signing::Signing;

/// Makes the notifications of one app in its present configuration.
pub struct Notifier {
    webhooks: BTreeMap<WebhookEvent, Prepared>,
    retention: Option<Duration>,
    settings: Settings,
    signing: Signing,
}

/// One POST.
#[derive(Clone)]
pub struct Notification {
    /// The URL, with its query string if it has one.
    pub endpoint: Arc<str>,
    /// Everything but what the transport adds: `Host`, `Content-Length`, `User-Agent`.
    pub headers: HeaderMap,
    /// The bytes that were signed.
    pub body: Bytes,
}

impl Notifier {
    /// Prepares the webhooks of an app.
    ///
    /// # Errors
    /// [`Error::Crypto`] when a stored secret does not open, [`Error::Invalid`] when a stored custom header is none.
    pub fn new(app: &AppInstallation, secrets: &ClientSecrets) -> Result<Self, Error> {
        let settings = app.manifest.settings();
        let webhooks = &app.manifest.capabilities.webhooks;
        Ok(Self {
            webhooks: prepared::prepare(app)?,
            retention: webhooks.retry.map(|retry| retry.retention_time),
            settings,
            signing: Signing::new(settings, &secrets.live(app)?),
        })
    }

    /// The POST that delivers `body`; `None` when the app has no webhook for the event.
    ///
    /// `message_id` names the event, the same at every attempt; `now` is the time of this one.
    ///
    /// # Panics
    /// When `message_id` has characters that no header may have.
    pub fn request(
        &self,
        event: WebhookEvent,
        message_id: &str,
        body: String,
        now: EpochMillis,
    ) -> Option<Notification> {
        let webhook = self.webhooks.get(&event)?;
        // Signed are the bytes that are sent, so nothing may change the body after this.
        let body =
            if self.settings.escape_non_ascii && !body.is_ascii() { escape_non_ascii(&body) } else { body };
        let mut headers = webhook.headers.clone();
        self.signing.sign(message_id, &body, now, &mut headers);
        Some(Notification { endpoint: Arc::clone(&webhook.endpoint), headers, body: body.into() })
    }

    /// True if the app has a webhook for the event.
    pub fn accepts(&self, event: WebhookEvent) -> bool {
        self.webhooks.contains_key(&event)
    }

    /// Where notifications of the event go. Equal endpoints of several events are one allocation.
    pub fn endpoint(&self, event: WebhookEvent) -> Option<&Arc<str>> {
        self.webhooks.get(&event).map(|webhook| &webhook.endpoint)
    }

    /// `max_retries` of the event's webhook, 0 to 5. What it means depends on the retry policy (spec 06 §6).
    pub fn max_retries(&self, event: WebhookEvent) -> Option<u8> {
        self.webhooks.get(&event).and_then(|webhook| webhook.max_retries)
    }

    /// How long an undelivered event is kept with retry by time to live; `None` for retry by number.
    pub fn retention(&self) -> Option<Duration> {
        self.retention
    }

    /// Whether a failed delivery holds back the later events of its conversation.
    pub fn order(&self) -> DeliveryOrder {
        self.settings.order
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Endpoints and custom headers may be credentials.
        f.debug_struct("Notifier")
            .field("events", &self.webhooks.keys().collect::<Vec<_>>())
            .field("retention", &self.retention)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notification({} bytes)", self.body.len())
    }
}
