//! `capabilities.webhooks`: where notifications of each type go. Source: spec 02 §1.2.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::read::Object;
use super::words::{Word, words};

/// The legal values of `max_retries`. Source: spec 02 §1.2.
pub const MAX_RETRIES: RangeInclusive<u8> = 0..=5;

/// The legal values of `retry.retention_time` in seconds. Source: spec 02 §1.2.
pub const RETENTION_SECONDS: RangeInclusive<u32> = 2..=259_200;

words! {
    /// What a webhook may be registered for.
    WebhookEvent {
        Content = "ms.MessagingEventNotification.ContentEvent",
        RichContent = "ms.MessagingEventNotification.RichContentEvent",
        AcceptStatus = "ms.MessagingEventNotification.AcceptStatusEvent",
        ChatState = "ms.MessagingEventNotification.ChatStateEvent",
        ConversationChange = "cqm.ExConversationChangeNotification",
    }
}

/// The webhooks of an app and their retry policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Webhooks {
    /// Retry by time to live; `None` retries by number.
    pub retry: Option<Retry>,
    /// At most one webhook per event type.
    pub events: BTreeMap<WebhookEvent, Webhook>,
}

/// The retry policy by time to live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How long an undelivered event is kept: 2 to 259 200 s, whole seconds on the wire.
    pub retention_time: Duration,
}

/// Where notifications of one type go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The URL, with its query string if it has one.
    pub endpoint: String,
    /// 0 to 5; what it means depends on the retry policy (spec 06 §6).
    pub max_retries: Option<u8>,
    /// Headers added to each notification. `None` when the member was absent, which an empty list is not.
    pub headers: Option<Vec<CustomHeader>>,
}

/// A header added to each notification.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct CustomHeader {
    /// The name.
    pub header_name: String,
    /// The value; it may be a credential and is never logged.
    pub header_value: String,
}

impl std::fmt::Debug for CustomHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CustomHeader({}: …)", self.header_name)
    }
}

impl Webhooks {
    /// The webhook of an event type, if one is registered.
    pub fn get(&self, event: WebhookEvent) -> Option<&Webhook> {
        self.events.get(&event)
    }

    pub(super) fn read(mut object: Object<'_>) -> Self {
        let mut webhooks = Self { retry: object.object("retry").and_then(Retry::read), ..Self::default() };
        for &(name, event) in WebhookEvent::ALL {
            if let Some(webhook) = object.object(name).map(Webhook::read) {
                webhooks.events.insert(event, webhook);
            }
        }
        for name in object.names() {
            let rule = unknown_event(&name);
            object.refuse(name, rule);
        }
        webhooks
    }
}

/// Names the right key for the two misprints of the documentation. Source: spec 02 §1.2.
fn unknown_event(name: &str) -> String {
    match name {
        "ms.MessagingEventNotification.ExConversationChangeNotification" => {
            "is no event type; use cqm.ExConversationChangeNotification".to_owned()
        }
        "ms.MessagingEventNotification.AccpetStatusEvent" => {
            "is no event type; use ms.MessagingEventNotification.AcceptStatusEvent".to_owned()
        }
        _ => {
            let names: Vec<_> = WebhookEvent::ALL.iter().map(|(name, _)| *name).collect();
            format!("is no event type; known are retry, {}", names.join(", "))
        }
    }
}

impl Retry {
    fn read(mut object: Object<'_>) -> Option<Self> {
        let range = i64::from(*RETENTION_SECONDS.start())..=i64::from(*RETENTION_SECONDS.end());
        let seconds = object.required_integer("retention_time", range)?;
        Some(Self { retention_time: Duration::from_secs(seconds) })
    }
}

impl Webhook {
    /// A webhook without the optional members.
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self { endpoint: endpoint.into(), max_retries: None, headers: None }
    }

    /// The headers added to each notification.
    pub fn headers(&self) -> &[CustomHeader] {
        self.headers.as_deref().unwrap_or_default()
    }

    fn read(mut object: Object<'_>) -> Self {
        let range = i64::from(*MAX_RETRIES.start())..=i64::from(*MAX_RETRIES.end());
        Self {
            endpoint: object.required_text("endpoint").unwrap_or_default(),
            max_retries: object.integer("max_retries", range),
            headers: object.objects("headers", CustomHeader::read),
        }
    }
}

impl CustomHeader {
    fn read(mut object: Object<'_>) -> Self {
        Self {
            header_name: object.required_text("header_name").unwrap_or_default(),
            header_value: object.required_text("header_value").unwrap_or_default(),
        }
    }
}

impl Serialize for Webhooks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(retry) = &self.retry {
            map.serialize_entry("retry", retry)?;
        }
        for (event, webhook) in &self.events {
            map.serialize_entry(event.as_str(), webhook)?;
        }
        map.end()
    }
}

impl Serialize for Retry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("retention_time", &self.retention_time.as_secs())?;
        map.end()
    }
}

impl Serialize for Webhook {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("endpoint", &self.endpoint)?;
        if let Some(max_retries) = self.max_retries {
            map.serialize_entry("max_retries", &max_retries)?;
        }
        if let Some(headers) = &self.headers {
            map.serialize_entry("headers", headers)?;
        }
        map.end()
    }
}
