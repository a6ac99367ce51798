//! Signing notifications. Source: spec 06 §4.

use http::{HeaderMap, HeaderName};
use trunkline_jose::{StandardKey, WebhookKey};
use trunkline_wire::EpochMillis;
use trunkline_wire::installations::Settings;

use super::prepared::ascii;
use crate::sentinel::LiveSecrets;

const SIGNATURE: HeaderName = HeaderName::from_static("x-liveperson-signature");
const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// The prepared keys of an app.
pub(super) struct Signing {
    /// The header has room for one value: the present secret's.
    liveperson: WebhookKey,
    standard: Option<Standard>,
}

/// Keys for Standard Webhooks. While a rotation lasts both secrets sign, so that a receiver may change over at any moment.
struct Standard {
    current: StandardKey,
    previous: Option<(StandardKey, EpochMillis)>,
}

impl Signing {
    pub(super) fn new(settings: Settings, secrets: &LiveSecrets) -> Self {
        let standard = settings.standard_webhooks.then(|| Standard {
            current: StandardKey::new(secrets.current.expose()),
            previous: secrets
                .previous
                .as_ref()
                .map(|outgoing| (StandardKey::new(outgoing.secret.expose()), outgoing.valid_until)),
        });
        Self { liveperson: WebhookKey::new(settings.signature, secrets.current.expose()), standard }
    }

    /// Adds the signatures of these bytes.
    pub(super) fn sign(&self, message_id: &str, body: &str, now: EpochMillis, headers: &mut HeaderMap) {
        headers.insert(SIGNATURE, ascii(&self.liveperson.sign(body.as_bytes())));
        if let Some(standard) = &self.standard {
            headers.insert(WEBHOOK_ID, ascii(message_id));
            headers.insert(WEBHOOK_TIMESTAMP, now.seconds().0.into());
            headers.insert(WEBHOOK_SIGNATURE, ascii(&standard.signatures(message_id, body, now)));
        }
    }
}

impl Standard {
    /// One value per secret that counts, the present one first, separated by spaces.
    fn signatures(&self, message_id: &str, body: &str, now: EpochMillis) -> String {
        let timestamp = now.seconds();
        let mut list = self.current.sign(message_id, timestamp, body.as_bytes());
        if let Some((previous, valid_until)) = &self.previous
            && now < *valid_until
        {
            list.push(' ');
            list.push_str(&previous.sign(message_id, timestamp, body.as_bytes()));
        }
        list
    }
}
