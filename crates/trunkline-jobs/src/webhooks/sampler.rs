//! Samples go the same way as deliveries.

use std::sync::Arc;

use async_trait::async_trait;
use trunkline_services::webhooks::{Notification, SampleAnswer, Sampler};

use super::transport::{Post, Transport};

/// Sends samples over the transport of deliveries.
pub(crate) struct TransportSampler(pub(crate) Arc<dyn Transport>);

#[async_trait]
impl Sampler for TransportSampler {
    async fn post(&self, notification: Notification) -> SampleAnswer {
        let Notification { endpoint, headers, body } = notification;
        let answer = self.0.post(Post { endpoint, headers, body }).await;
        SampleAnswer {
            status: answer.status,
            duration: answer.duration,
            excerpt: answer.excerpt,
            error: answer.error,
        }
    }
}
