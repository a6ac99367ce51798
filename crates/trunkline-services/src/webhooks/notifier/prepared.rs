//! What every notification of a webhook has in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use trunkline_model::AppInstallation;
use trunkline_wire::installations::{CustomHeader, WebhookEvent};

use crate::Error;

const ACCOUNT_ID: HeaderName = HeaderName::from_static("x-liveperson-account-id");
const CLIENT_ID: HeaderName = HeaderName::from_static("x-liveperson-client-id");

/// How many headers the platform sets: the three here and up to four signatures.
const OWN_HEADERS: usize = 7;

/// A webhook, ready for use.
pub(super) struct Prepared {
    /// The URL.
    pub(super) endpoint: Arc<str>,
    /// All headers but the signatures.
    pub(super) headers: HeaderMap,
    /// `max_retries`.
    pub(super) max_retries: Option<u8>,
}

/// Prepares the webhooks of an app.
pub(super) fn prepare(app: &AppInstallation) -> Result<BTreeMap<WebhookEvent, Prepared>, Error> {
    let mut endpoints: BTreeMap<&str, Arc<str>> = BTreeMap::new();
    let events = app.manifest.capabilities.webhooks.events.iter();
    events
        .map(|(event, webhook)| {
            let endpoint =
                endpoints.entry(&webhook.endpoint).or_insert_with(|| webhook.endpoint.as_str().into());
            let headers = headers(app, *event, webhook.headers())?;
            let prepared =
                Prepared { endpoint: Arc::clone(endpoint), headers, max_retries: webhook.max_retries };
            Ok((*event, prepared))
        })
        .collect()
}

fn headers(app: &AppInstallation, event: WebhookEvent, custom: &[CustomHeader]) -> Result<HeaderMap, Error> {
    let broken = |what: &str| Error::Invalid(format!("webhook {}: {what}", event.as_str()));
    // Room for all now: whatever is added later fits too.
    let mut headers = HeaderMap::try_with_capacity(custom.len().saturating_add(OWN_HEADERS))
        .map_err(|_| broken("there are too many custom headers"))?;
    for header in custom {
        let (name, value) = parse(header).ok_or_else(|| broken("a custom header is no valid header"))?;
        headers.append(name, value);
    }
    // After the custom ones: what is ours replaces whatever has its name.
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCOUNT_ID, ascii(app.account.as_str()));
    headers.insert(CLIENT_ID, ascii(&app.id.to_string()));
    Ok(headers)
}

fn parse(header: &CustomHeader) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(header.header_name.as_bytes()).ok()?;
    let mut value = HeaderValue::from_str(&header.header_value).ok()?;
    // It may be a credential: no Debug shows it.
    value.set_sensitive(true);
    Some((name, value))
}

/// A value of our own making.
pub(super) fn ascii(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("ids and signatures consist of visible ASCII characters")
}
