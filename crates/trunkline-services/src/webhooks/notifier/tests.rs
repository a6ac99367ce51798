use std::time::{SystemTime, UNIX_EPOCH};

use trunkline_jose::{SealingKey, standard_webhooks_secret};
use trunkline_model::{AppSecrets, AppState, Clock, PreviousSecret, SealedSecret};
use trunkline_wire::installations::{CustomHeader, EndpointPolicy, Manifest, Retry, SignatureHash, Webhook};
use trunkline_wire::{AccountId, AppInstallationId, EpochSeconds};

use super::*;

const SECRET: &str = "m4q0v7t2b9k1s8e5h3g6d0a2u9";
const OLD_SECRET: &str = "0000000000000000000000000v";
const NOW: EpochMillis = EpochMillis(1_700_000_000_999);
const CHAT_STATE: &str = include_str!("../../../../trunkline-wire/testdata/notifications/chat_state.json");
const NON_ASCII: &str = include_str!("../../../../trunkline-wire/testdata/notifications/non_ascii.json");

/// Nothing here may look at it: the time of an attempt is an argument.
#[derive(Debug)]
struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> EpochMillis {
        EpochMillis(0)
    }
}

fn sealing() -> SealingKey {
    SealingKey::from_bytes([7; 32])
}

fn sealed(secret: &str) -> SealedSecret {
    let context = "app-secret/10020030/3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41";
    SealedSecret::from_ciphertext(sealing().seal(secret.as_bytes(), context, [9; 12]).unwrap())
}

fn app(settings: Settings, webhooks: &[(WebhookEvent, Webhook)]) -> AppInstallation {
    let mut manifest = Manifest::connector("com.example.sms-bridge");
    manifest.trunkline = Some(settings);
    manifest.capabilities.webhooks.events = webhooks.iter().cloned().collect();
    manifest.validate(EndpointPolicy::Https).unwrap();
    AppInstallation {
        account: AccountId::parse("10020030").unwrap(),
        id: AppInstallationId::parse("3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41").unwrap(),
        secrets: AppSecrets { current: sealed(SECRET), previous: None },
        issued_at: EpochSeconds(1_700_000_000),
        manifest,
        state: AppState::Enabled,
    }
}

fn rotated(app: AppInstallation, valid_until: EpochMillis) -> AppInstallation {
    let previous = Some(PreviousSecret { secret: sealed(OLD_SECRET), valid_until });
    AppInstallation { secrets: AppSecrets { previous, ..app.secrets }, ..app }
}

fn notifier(app: &AppInstallation) -> Notifier {
    Notifier::new(app, &ClientSecrets::new(Arc::new(sealing()), Arc::new(StoppedClock))).unwrap()
}

fn webhook(endpoint: &str) -> Webhook {
    Webhook::new(endpoint)
}

const ENDPOINT: &str = "https://bridge.example.org/lp?tenant=1&key=s3cret";

fn with_headers(headers: &[(&str, &str)]) -> Webhook {
    let headers = headers
        .iter()
        .map(|(name, value)| CustomHeader {
            header_name: (*name).to_owned(),
            header_value: (*value).to_owned(),
        })
        .collect();
    Webhook { headers: Some(headers), ..webhook(ENDPOINT) }
}

fn chat_states(settings: Settings, webhook: Webhook) -> Notifier {
    notifier(&app(settings, &[(WebhookEvent::ChatState, webhook)]))
}

fn sent(notifier: &Notifier, body: &str) -> Notification {
    notifier.request(WebhookEvent::ChatState, "msg_1_2", body.to_owned(), NOW).unwrap()
}

fn listed(notification: &Notification) -> Vec<(&str, &str)> {
    let mut headers: Vec<_> =
        notification.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    headers.sort_unstable();
    headers
}

fn header<'a>(notification: &'a Notification, name: &str) -> &'a str {
    notification.headers[name].to_str().unwrap()
}

#[test]
fn a_notification_has_the_documented_headers_and_no_others() {
    let notification = sent(&chat_states(Settings::DEFAULT, webhook(ENDPOINT)), CHAT_STATE);
    assert_eq!(&*notification.endpoint, ENDPOINT);
    assert_eq!(notification.body, CHAT_STATE);
    assert_eq!(
        listed(&notification),
        [
            ("content-type", "application/json"),
            ("x-liveperson-account-id", "10020030"),
            ("x-liveperson-client-id", "3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41"),
            ("x-liveperson-signature", "sha1=4DPDEdCefXSPvy99TDuOQJyrSPA="),
        ]
    );
}

#[test]
fn the_hash_is_the_apps() {
    let settings = Settings { signature: SignatureHash::Sha256, ..Settings::DEFAULT };
    let notification = sent(&chat_states(settings, webhook(ENDPOINT)), NON_ASCII);
    assert_eq!(notification.body, NON_ASCII);
    assert_eq!(
        header(&notification, "x-liveperson-signature"),
        "sha256=STi5XkWVsXOGzmxJ2+1nh9rjE3yURvcwELk+Cqr5d7o="
    );
}

#[test]
fn escaped_bodies_are_signed_as_they_are_sent() {
    let settings = Settings { escape_non_ascii: true, ..Settings::DEFAULT };
    let notifier = chat_states(settings, webhook(ENDPOINT));
    let notification = sent(&notifier, NON_ASCII);
    let expected = NON_ASCII.replace("Grüße 😀", "Gr\\u00fc\\u00dfe \\ud83d\\ude00");
    assert_eq!(notification.body, expected);
    let key = trunkline_jose::WebhookKey::new(SignatureHash::Sha1, SECRET);
    assert_eq!(header(&notification, "x-liveperson-signature"), key.sign(&notification.body));
    assert_eq!(sent(&notifier, CHAT_STATE).body, CHAT_STATE);
}

proptest::proptest! {
    #[test]
    fn whatever_is_sent_is_what_was_signed(text: String, escape_non_ascii: bool) {
        let notifier = chat_states(Settings { escape_non_ascii, ..Settings::DEFAULT }, webhook(ENDPOINT));
        let notification = sent(&notifier, &serde_json::to_string(&text).unwrap());
        let key = trunkline_jose::WebhookKey::new(SignatureHash::Sha1, SECRET);
        assert_eq!(header(&notification, "x-liveperson-signature"), key.sign(&notification.body));
        assert_eq!(serde_json::from_slice::<String>(&notification.body).unwrap(), text);
        assert!(notification.body.is_ascii() || !escape_non_ascii);
    }
}

#[test]
fn custom_headers_are_added_and_not_shown() {
    let webhook =
        with_headers(&[("X-Tenant", "blue"), ("Authorization", "Basic czNjcmV0"), ("x-tenant", "red")]);
    let notification = sent(&chat_states(Settings::DEFAULT, webhook), CHAT_STATE);
    assert_eq!(header(&notification, "authorization"), "Basic czNjcmV0");
    let tenants: Vec<_> = notification.headers.get_all("x-tenant").iter().collect();
    assert_eq!(tenants, ["blue", "red"]);
    assert_eq!(notification.headers.len(), 7);
    let shown = format!("{:?} {notification:?}", notification.headers);
    assert!(!shown.contains("czNjcmV0") && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn custom_headers_replace_none_of_ours() {
    // Registration refuses these names; what an older version stored must not get through either.
    let settings = Settings { standard_webhooks: true, ..Settings::DEFAULT };
    let names = [
        "Content-Type",
        "X-LivePerson-Account-Id",
        "x-liveperson-client-id",
        "x-liveperson-signature",
        "webhook-id",
        "webhook-timestamp",
        "Webhook-Signature",
    ];
    let mut app = app(settings, &[(WebhookEvent::ChatState, webhook(ENDPOINT))]);
    let forged = with_headers(&names.map(|name| (name, "forged")));
    app.manifest.capabilities.webhooks.events.insert(WebhookEvent::ChatState, forged);
    let notification = sent(&notifier(&app), CHAT_STATE);
    assert_eq!(notification.headers.len(), names.len());
    assert!(notification.headers.values().all(|value| value != "forged"));
}

#[test]
fn a_stored_header_that_is_none_is_an_error() {
    for (name, value) in [("a b", "x"), ("x-a", "line\nbreak"), ("", "x")] {
        let mut app = app(Settings::DEFAULT, &[]);
        let events = &mut app.manifest.capabilities.webhooks.events;
        events.insert(WebhookEvent::Content, with_headers(&[(name, value)]));
        let secrets = ClientSecrets::new(Arc::new(sealing()), Arc::new(StoppedClock));
        let error = Notifier::new(&app, &secrets).unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
        assert!(!error.to_string().contains("line"), "{error}");
    }
}

#[test]
fn as_many_headers_as_may_be_registered_are_sent() {
    let settings = Settings { standard_webhooks: true, ..Settings::DEFAULT };
    let sends = |count: usize| {
        let names: Vec<_> = (0..count).map(|number| format!("h{number}")).collect();
        let headers: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
        let app = app(settings, &[(WebhookEvent::ChatState, with_headers(&headers))]);
        let secrets = ClientSecrets::new(Arc::new(sealing()), Arc::new(StoppedClock));
        let notifier = Notifier::new(&app, &secrets).ok()?;
        Some(sent(&notifier, CHAT_STATE).headers.len() - count)
    };
    for count in [0, 1, 64] {
        assert_eq!(sends(count), Some(7), "{count}");
    }
}

#[test]
fn a_secret_of_another_master_key_is_an_error() {
    let app = app(Settings::DEFAULT, &[]);
    let secrets = ClientSecrets::new(Arc::new(SealingKey::from_bytes([8; 32])), Arc::new(StoppedClock));
    assert!(matches!(Notifier::new(&app, &secrets), Err(Error::Crypto(_))));
}

#[test]
fn each_event_has_its_webhook() {
    let shared = "https://bridge.example.org/lp";
    let mut app = app(
        Settings { order: DeliveryOrder::BestEffort, ..Settings::DEFAULT },
        &[
            (WebhookEvent::Content, Webhook { max_retries: Some(0), ..webhook(shared) }),
            (WebhookEvent::RichContent, webhook(shared)),
            (WebhookEvent::ConversationChange, webhook(ENDPOINT)),
        ],
    );
    let hour = Duration::from_hours(1);
    app.manifest.capabilities.webhooks.retry = Some(Retry { retention_time: hour });
    let notifier = notifier(&app);
    let at = |event| notifier.endpoint(event).map(|endpoint| &**endpoint);
    assert_eq!(at(WebhookEvent::Content), Some(shared));
    assert_eq!(at(WebhookEvent::ConversationChange), Some(ENDPOINT));
    assert_eq!(at(WebhookEvent::AcceptStatus), None);
    let same =
        [WebhookEvent::Content, WebhookEvent::RichContent].map(|event| notifier.endpoint(event).unwrap());
    assert!(Arc::ptr_eq(same[0], same[1]));
    assert!(notifier.accepts(WebhookEvent::RichContent) && !notifier.accepts(WebhookEvent::ChatState));
    assert!(notifier.request(WebhookEvent::ChatState, "msg_1_2", String::new(), NOW).is_none());
    assert_eq!(notifier.max_retries(WebhookEvent::Content), Some(0));
    assert_eq!(notifier.max_retries(WebhookEvent::RichContent), None);
    assert_eq!(notifier.retention(), Some(hour));
    assert_eq!(notifier.order(), DeliveryOrder::BestEffort);
    let shown = format!("{notifier:?}");
    assert!(!shown.contains("s3cret") && !shown.contains(SECRET), "{shown}");
}

#[test]
fn an_app_that_sets_nothing_retries_by_number_in_strict_order() {
    let mut app = app(Settings::DEFAULT, &[]);
    app.manifest.trunkline = None;
    let notifier = notifier(&app);
    assert_eq!((notifier.retention(), notifier.order()), (None, DeliveryOrder::Strict));
    assert!(!notifier.accepts(WebhookEvent::Content));
}

/// Checks the Standard Webhooks headers with an independent library, as receivers do.
mod standard_webhooks {
    use super::*;

    const STANDARD: Settings = Settings { standard_webhooks: true, ..Settings::DEFAULT };

    fn receiver(secret: &str) -> standardwebhooks::Webhook {
        standardwebhooks::Webhook::new(&standard_webhooks_secret(secret)).unwrap()
    }

    /// The library compares with the system's clock.
    #[expect(clippy::disallowed_methods, reason = "the verifying library knows no other clock")]
    fn present() -> EpochMillis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        EpochMillis(i64::try_from(since.as_millis()).unwrap())
    }

    fn signed(app: &AppInstallation, now: EpochMillis) -> Notification {
        let body = NON_ASCII.to_owned();
        notifier(app).request(WebhookEvent::ChatState, "msg_1_2", body, now).unwrap()
    }

    fn standard_app() -> AppInstallation {
        app(STANDARD, &[(WebhookEvent::ChatState, webhook(ENDPOINT))])
    }

    fn accepts(secret: &str, notification: &Notification) -> bool {
        receiver(secret).verify(&notification.body, &notification.headers).is_ok()
    }

    #[test]
    fn stand_beside_the_usual_headers() {
        let notification = signed(&standard_app(), NOW);
        assert_eq!(header(&notification, "x-liveperson-signature"), "sha1=P7Yb0HU5TzsKJHGfvqU+GQh8aeE=");
        assert_eq!(header(&notification, "webhook-id"), "msg_1_2");
        assert_eq!(header(&notification, "webhook-timestamp"), "1700000000");
        assert_eq!(notification.headers.len(), 7);
    }

    #[test]
    fn are_accepted_by_the_present_secret_only() {
        let notification = signed(&standard_app(), present());
        assert!(accepts(SECRET, &notification));
        assert!(!accepts(OLD_SECRET, &notification));
        let changed = Notification { body: Bytes::from_static(b"{}"), ..notification };
        assert!(!accepts(SECRET, &changed));
    }

    #[test]
    fn are_accepted_by_both_secrets_while_a_rotation_lasts() {
        let now = present();
        let during = signed(&rotated(standard_app(), now.plus(Duration::from_millis(1))), now);
        assert!(accepts(SECRET, &during) && accepts(OLD_SECRET, &during));
        let after = signed(&rotated(standard_app(), now), now);
        assert!(accepts(SECRET, &after) && !accepts(OLD_SECRET, &after));
        let present_only = trunkline_jose::WebhookKey::new(SignatureHash::Sha1, SECRET);
        assert_eq!(header(&during, "x-liveperson-signature"), present_only.sign(&during.body));
    }

    #[test]
    fn sign_what_is_sent_when_it_is_escaped() {
        let mut app = standard_app();
        app.manifest.trunkline = Some(Settings { escape_non_ascii: true, ..STANDARD });
        let notification = signed(&app, present());
        assert!(notification.body.is_ascii());
        assert!(accepts(SECRET, &notification));
    }
}
