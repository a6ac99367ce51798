//! What sends samples: the transport of the delivery of webhooks, with its time-outs and its address policy.

use std::time::Duration;

use async_trait::async_trait;

use super::Notification;

/// Sends one request outside of all delivery.
#[async_trait]
pub trait Sampler: Send + Sync {
    /// POSTs a notification and waits for the answer within the transport's time-outs. Never fails in any other way than by
    /// what the [`SampleAnswer`] says.
    async fn post(&self, notification: Notification) -> SampleAnswer;
}

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SampleAnswer {
    /// The status, if an answer came in time.
    pub status: Option<u16>,
    /// Until the status, or the failure.
    pub duration: Duration,
    /// The first bytes of the body, as text.
    pub excerpt: String,
    /// What went wrong, in words that are safe to show.
    pub error: Option<String>,
}

impl SampleAnswer {
    /// 200 or 201 in time. Source: spec 06 §2.
    pub fn is_confirmation(&self) -> bool {
        matches!(self.status, Some(200 | 201))
    }
}
