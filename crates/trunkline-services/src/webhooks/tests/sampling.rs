//! Trying endpoints.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use trunkline_jose::WebhookKey;
use trunkline_wire::AppInstallationId;
use trunkline_wire::installations::{CustomHeader, SignatureHash, Webhook, WebhookEvent};

use super::{ENDPOINT, Fixture};
use crate::webhooks::service::TESTS;
use crate::webhooks::{Notification, SampleAnswer, Sampler, TestReport, Verdict, WebhookError};

const SIGNATURE: &str = "x-liveperson-signature";

/// How a receiver answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// 200 to right signatures, 401 to wrong ones.
    Careful,
    /// 200 to everything.
    Careless,
    /// 401 to everything.
    Estranged,
    /// Nothing.
    Silent,
}

/// Receivers that know the app's secret, and notes what they get.
struct Receivers {
    manner: fn(&str) -> Manner,
    secret: String,
    got: Mutex<Vec<Notification>>,
}

impl Receivers {
    fn verifies(&self, notification: &Notification) -> bool {
        let key = WebhookKey::new(SignatureHash::Sha1, &self.secret);
        notification.headers[SIGNATURE] == key.sign(&notification.body)
    }
}

#[async_trait]
impl Sampler for Receivers {
    async fn post(&self, notification: Notification) -> SampleAnswer {
        let right = self.verifies(&notification);
        let status = match (self.manner)(&notification.endpoint) {
            Manner::Careful if right => Some(200),
            Manner::Careless => Some(201),
            Manner::Careful | Manner::Estranged => Some(401),
            Manner::Silent => None,
        };
        self.got.lock().unwrap().push(notification);
        let error = status.is_none().then(|| "no answer".to_owned());
        SampleAnswer { status, duration: Duration::from_millis(3), excerpt: "\"OK\"".to_owned(), error }
    }
}

struct Tested {
    fixture: Fixture,
    receivers: Arc<Receivers>,
    app: AppInstallationId,
}

impl Tested {
    async fn new(
        webhooks: impl IntoIterator<Item = (WebhookEvent, Webhook)>,
        manner: fn(&str) -> Manner,
    ) -> Self {
        let fixture = Fixture::new().await;
        let app = fixture.app_with(webhooks).await;
        let (installed, _) = fixture.world.installations.get(&fixture.admin(), app).await.unwrap();
        let secret = installed.secret.expose().to_owned();
        let receivers = Arc::new(Receivers { manner, secret, got: Mutex::default() });
        fixture.webhooks.sample_with(Arc::clone(&receivers) as _);
        Self { fixture, receivers, app }
    }

    async fn test(&self, endpoint: Option<&str>) -> Result<TestReport, WebhookError> {
        self.fixture.webhooks.test(&self.fixture.admin(), self.app, endpoint).await
    }

    fn verdicts(report: &TestReport) -> Vec<(&str, Verdict)> {
        report.verdicts.iter().map(|verdict| (&*verdict.endpoint, verdict.verdict)).collect()
    }
}

#[tokio::test]
async fn every_kind_goes_to_a_given_endpoint_signed() {
    let credential = CustomHeader { header_name: "x-key".to_owned(), header_value: "credential".to_owned() };
    let own = Webhook { headers: Some(vec![credential]), ..Webhook::new(ENDPOINT) };
    let tested = Tested::new([(WebhookEvent::Content, own)], |_| Manner::Careful).await;
    let report = tested.test(Some("https://other.example/hook?key=hush")).await.unwrap();
    for sample in &report.samples {
        let (endpoint, answer) = sample.sent.as_ref().unwrap();
        assert_eq!(endpoint, "https://other.example/hook", "the query string may be a credential");
        assert_eq!((answer.status, &*answer.excerpt), (Some(200), "\"OK\""));
    }
    let kinds: Vec<_> = report.samples.iter().map(|sample| sample.event).collect();
    assert_eq!(
        kinds,
        [
            WebhookEvent::ConversationChange,
            WebhookEvent::Content,
            WebhookEvent::RichContent,
            WebhookEvent::AcceptStatus,
            WebhookEvent::ChatState
        ]
    );
    assert_eq!(Tested::verdicts(&report), [("https://other.example/hook", Verdict::Checks)]);
    assert_eq!(report.verdicts[0].status, Some(401));

    let got = tested.receivers.got.lock().unwrap();
    let right = got.iter().filter(|notification| tested.receivers.verifies(notification)).count();
    assert_eq!((got.len(), right), (6, 5));
    for notification in got.iter() {
        assert_eq!(&*notification.endpoint, "https://other.example/hook?key=hush");
        assert!(
            !notification.headers.contains_key("x-key"),
            "custom headers are for the app's own endpoints"
        );
        let body: serde_json::Value = serde_json::from_slice(&notification.body).unwrap();
        assert_eq!(body["kind"], "notification");
    }
}

#[tokio::test]
async fn own_endpoints_get_their_kinds_and_are_judged_one_by_one() {
    let header = CustomHeader { header_name: "x-key".to_owned(), header_value: "own".to_owned() };
    let webhook = |path: &str| Webhook::new(format!("https://bridge.example.org/{path}?key=hush"));
    let tested = Tested::new(
        [
            (WebhookEvent::Content, Webhook { headers: Some(vec![header]), ..webhook("careful") }),
            (WebhookEvent::RichContent, webhook("careful")),
            (WebhookEvent::AcceptStatus, webhook("careless")),
            (WebhookEvent::ConversationChange, webhook("estranged")),
        ],
        |endpoint| match endpoint.split(['/', '?']).nth(3) {
            Some("careful") => Manner::Careful,
            Some("careless") => Manner::Careless,
            _ => Manner::Estranged,
        },
    )
    .await;
    // Before anybody enables it is when an app wants to be tried.
    tested.fixture.disable(tested.app).await;
    let report = tested.test(None).await.unwrap();
    let sent: Vec<_> = report.samples.iter().map(|sample| sample.sent.is_some()).collect();
    assert_eq!(sent, [true, true, true, true, false]);
    assert_eq!(
        Tested::verdicts(&report),
        [
            ("https://bridge.example.org/estranged", Verdict::NotAsked),
            ("https://bridge.example.org/careful", Verdict::Checks),
            ("https://bridge.example.org/careless", Verdict::Ignores),
        ]
    );
    let got = tested.receivers.got.lock().unwrap();
    assert_eq!(got.len(), 4 + 2);
    assert!(got.iter().any(|notification| notification.headers.contains_key("x-key")));
}

#[tokio::test]
async fn silence_is_reported() {
    let tested = Tested::new([], |_| Manner::Silent).await;
    let report = tested.test(Some("https://other.example/")).await.unwrap();
    assert!(report.samples.iter().all(|sample| {
        let (_, answer) = sample.sent.as_ref().unwrap();
        answer.status.is_none() && answer.error.as_deref() == Some("no answer")
    }));
    assert_eq!(Tested::verdicts(&report), [("https://other.example/", Verdict::NotAsked)]);
}

#[tokio::test]
async fn what_cannot_be_tried_is_refused() {
    let tested = Tested::new([], |_| Manner::Careful).await;
    let error = tested.test(None).await.unwrap_err();
    assert!(matches!(error, WebhookError::NoWebhooks), "{error:?}");
    for endpoint in ["", "http://bridge.example.org/", "https://", "ftp://a/", "https://u:p@a.example/", "x"]
    {
        let error = tested.test(Some(endpoint)).await.unwrap_err();
        assert!(
            matches!(&error, WebhookError::Invalid(text) if text.starts_with("endpoint must ")),
            "{endpoint}: {error:?}"
        );
    }
    assert!(tested.receivers.got.lock().unwrap().is_empty());

    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    let error = fixture.webhooks.test(&fixture.admin(), app, None).await.unwrap_err();
    assert!(matches!(error, WebhookError::NotRunning), "{error:?}");
}

/// A receiver that answers when it is told to.
#[derive(Default)]
struct Held(Notify);

#[async_trait]
impl Sampler for Held {
    async fn post(&self, _: Notification) -> SampleAnswer {
        self.0.notified().await;
        SampleAnswer::default()
    }
}

#[tokio::test]
async fn the_number_of_tests_is_bounded() {
    let fixture = Arc::new(Fixture::new().await);
    let app = fixture.app().await;
    let held = Arc::new(Held::default());
    fixture.webhooks.sample_with(Arc::clone(&held) as _);
    let mut tests = JoinSet::new();
    for _ in 0..TESTS + 2 {
        let fixture = Arc::clone(&fixture);
        tests.spawn(async move { fixture.webhooks.test(&fixture.admin(), app, None).await });
    }
    // Those who are not turned away wait for the receiver.
    for _ in 0..2 {
        let refused = tests.join_next().await.unwrap().unwrap();
        assert!(matches!(refused, Err(WebhookError::Busy(_))), "{refused:?}");
    }
    tests.shutdown().await;
    held.0.notify_one();
    let report = fixture.webhooks.test(&fixture.admin(), app, None).await.unwrap();
    assert_eq!(Tested::verdicts(&report), [("https://bridge.example.org/lp", Verdict::NotAsked)]);
}
