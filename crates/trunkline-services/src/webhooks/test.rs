//! Trying endpoints with samples: does the receiver answer, and does it check signatures?
//!
//! Samples are made, signed and sent exactly as deliveries are, but outside of all delivery: nothing is recorded, retried or
//! counted. An endpoint that is not the app's own does not get the app's custom headers, which may be credentials.

mod samples;
mod verdict;

use std::sync::Arc;

use tokio::task::JoinSet;
use trunkline_model::AppInstallation;
use trunkline_wire::installations::{Manifest, Webhook, WebhookEvent};
use trunkline_wire::{AppInstallationId, ConversationId};
use uuid::Builder;

use super::{Notification, Notifier, SampleAnswer, Sampler, WebhookError, Webhooks};
use crate::auth::AccountAdmin;
use samples::Samples;

pub use verdict::{SignatureVerdict, Verdict};

/// What the receivers did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// One per kind of notification.
    pub samples: Vec<TestedSample>,
    /// One per endpoint.
    pub verdicts: Vec<SignatureVerdict>,
}

/// What a receiver did with a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestedSample {
    /// What kind of notification.
    pub event: WebhookEvent,
    /// Where it went, without the query string, and what came back; `None` when the app has no webhook of this kind.
    pub sent: Option<(String, SampleAnswer)>,
}

impl Webhooks {
    /// Sends a signed sample of each kind of notification to the app's endpoints or to `endpoint`, then a wrongly signed one
    /// to each endpoint that accepted one. Works for disabled apps too.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for an unknown app, [`WebhookError::Invalid`] for an endpoint that no manifest may name,
    /// [`WebhookError::NoWebhooks`] without `endpoint` for an app that has none, [`WebhookError::Busy`] when too many tests
    /// are under way, [`WebhookError::NotRunning`] when this process sends nothing.
    pub async fn test(
        &self,
        admin: &AccountAdmin,
        app: AppInstallationId,
        endpoint: Option<&str>,
    ) -> Result<TestReport, WebhookError> {
        let mut app = self.app(admin.account(), app).await?;
        match endpoint {
            Some(endpoint) => self.redirect(&mut app, endpoint)?,
            None if app.manifest.capabilities.webhooks.events.is_empty() => {
                return Err(WebhookError::NoWebhooks);
            }
            None => {}
        }
        let sampler = self.sampler.get().ok_or(WebhookError::NotRunning)?;
        let turn = self.tests.try_acquire();
        let _turn = turn.map_err(|_| WebhookError::Busy("too many tests of endpoints are under way"))?;
        let notifier = Notifier::new(&app, &self.parts.secrets)?;
        let (right, other) = (self.samples(&app), self.samples(&app));
        Ok(run(sampler, &notifier, &right, &other).await)
    }

    fn redirect(&self, app: &mut AppInstallation, endpoint: &str) -> Result<(), WebhookError> {
        let mut manifest = Manifest::connector("test");
        let webhooks = samples::EVENTS.map(|event| (event, Webhook::new(endpoint)));
        manifest.capabilities.webhooks.events.extend(webhooks);
        if let Err(error) = manifest.validate(self.parts.endpoints) {
            let rule = error.violations().first().map_or("must be a valid URL", |broken| &*broken.rule);
            return Err(WebhookError::Invalid(format!("endpoint {rule}")));
        }
        app.manifest.capabilities.webhooks.events = manifest.capabilities.webhooks.events;
        Ok(())
    }

    /// Samples of a conversation that does not exist.
    fn samples(&self, app: &AppInstallation) -> Samples {
        let conversation =
            ConversationId::from_uuid(Builder::from_random_bytes(self.parts.rng.bytes()).into_uuid());
        Samples::new(app.account.clone(), conversation, self.parts.clock.now())
    }
}

/// A sample and what came back.
struct Sent {
    event: WebhookEvent,
    notification: Notification,
    answer: SampleAnswer,
}

/// Sends the samples at once, since each may take as long as the time-outs allow; then the wrong ones.
async fn run(
    sampler: &Arc<dyn Sampler>,
    notifier: &Notifier,
    right: &Samples,
    other: &Samples,
) -> TestReport {
    let signed = |event| right.sign(event, notifier).map(|notification| (event, notification));
    let signed: Vec<_> = samples::EVENTS.into_iter().filter_map(signed).collect();
    let answers =
        post_all(sampler, signed.iter().map(|(_, notification)| notification.clone()).collect()).await;
    let sent = signed.into_iter().zip(answers);
    let sent: Vec<_> =
        sent.map(|((event, notification), answer)| Sent { event, notification, answer }).collect();
    TestReport {
        verdicts: verdicts(sampler, notifier, &sent, other).await,
        samples: samples::EVENTS.map(|event| tested(event, &sent)).into(),
    }
}

fn tested(event: WebhookEvent, sent: &[Sent]) -> TestedSample {
    let sent = sent.iter().find(|sent| sent.event == event);
    let sent = sent.map(|sent| (without_query(&sent.notification.endpoint), sent.answer.clone()));
    TestedSample { event, sent }
}

/// Asks every endpoint that accepted a sample what it does with a wrong signature.
async fn verdicts(
    sampler: &Arc<dyn Sampler>,
    notifier: &Notifier,
    sent: &[Sent],
    other: &Samples,
) -> Vec<SignatureVerdict> {
    let mut endpoints: Vec<&Arc<str>> = Vec::new();
    for Sent { notification, .. } in sent {
        if !endpoints.contains(&&notification.endpoint) {
            endpoints.push(&notification.endpoint);
        }
    }
    // The signature of one body over another: everything about it looks right, and nothing verifies.
    let forge = |endpoint: &&Arc<str>| {
        let accepted =
            |sent: &&Sent| sent.notification.endpoint == **endpoint && sent.answer.is_confirmation();
        let sent = sent.iter().find(accepted)?;
        let body = other.sign(sent.event, notifier)?.body;
        Some(Notification { body, ..sent.notification.clone() })
    };
    let forged: Vec<_> = endpoints.iter().map(forge).collect();
    let mut answers = post_all(sampler, forged.iter().flatten().cloned().collect()).await.into_iter();
    let verdict = |(endpoint, forged): (&&Arc<str>, &Option<Notification>)| {
        let answer = forged.as_ref().and_then(|_| answers.next());
        SignatureVerdict::new(without_query(endpoint), answer.as_ref())
    };
    endpoints.iter().zip(&forged).map(verdict).collect()
}

/// Posts everything at once; the answers are in the order of the notifications. Dropping the future ends what is under way.
async fn post_all(sampler: &Arc<dyn Sampler>, notifications: Vec<Notification>) -> Vec<SampleAnswer> {
    let failed = SampleAnswer { error: Some("sending it failed".to_owned()), ..SampleAnswer::default() };
    let mut answers = vec![failed; notifications.len()];
    let mut posts = JoinSet::new();
    for (index, notification) in notifications.into_iter().enumerate() {
        let sampler = Arc::clone(sampler);
        posts.spawn(async move { (index, sampler.post(notification).await) });
    }
    while let Some(posted) = posts.join_next().await {
        match posted {
            Ok((index, answer)) => answers[index] = answer,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "sending a sample failed");
            }
        }
    }
    answers
}

/// The query string may be a credential.
fn without_query(endpoint: &str) -> String {
    endpoint.split_once('?').map_or(endpoint, |(before, _)| before).to_owned()
}
