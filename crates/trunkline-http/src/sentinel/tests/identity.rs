//! The whole router over a real store, with an account, an app and users that sign in for real.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;
use trunkline_blobs::ObjectBlobs;
use trunkline_jose::{SealingKey, sha256, testing};
use trunkline_model::{Clock, Rng, Role, Secret};
use trunkline_services::auth::Operator;
use trunkline_services::domains::DomainOptions;
use trunkline_services::installations::InstalledApp;
use trunkline_services::keys::{KeyRingOptions, ReadyKeys};
use trunkline_services::users::{NewUser, PasswordOptions};
use trunkline_services::{Dependencies, Options, Services};
use trunkline_storage_sqlite::SqliteStorage;
use trunkline_wire::installations::Manifest;
use trunkline_wire::{AccountId, EpochMillis};

use crate::RouterOptions;
use crate::rate_limit::Rate;

#[derive(Debug)]
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    pub(crate) fn advance(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> EpochMillis {
        EpochMillis(self.0.load(Ordering::Relaxed))
    }
}

#[derive(Debug)]
struct CountingRng(AtomicU64);

impl Rng for CountingRng {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let number = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
            chunk.copy_from_slice(&sha256(&number)[..chunk.len()]);
        }
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        let label = &self.headers["content-type"];
        assert!(label == "application/json" || label == "application/json;charset=utf-8");
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) struct Identity {
    router: Router,
    pub(crate) services: Arc<Services>,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) app: InstalledApp,
    _directory: TempDir,
}

impl Identity {
    pub(crate) async fn new() -> Self {
        Self::limited(None).await
    }

    pub(crate) async fn limited(rate: Option<Rate>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let storage =
            SqliteStorage::open(directory.path(), trunkline_storage_sqlite::Options::default()).unwrap();
        let clock = Arc::new(HandClock(AtomicI64::new(1_700_000_000_000)));
        let source = Arc::new(ReadyKeys::new((0..testing::KEY_COUNT).map(testing::key).collect()));
        let host = "connect.example.net".to_owned();
        let options = Options {
            keys: KeyRingOptions { source, ..KeyRingOptions::default() },
            passwords: PasswordOptions::cheap(),
            domains: DomainOptions { host, ..DomainOptions::default() },
            ..Options::default()
        };
        let dependencies = Dependencies {
            storage,
            blobs: Arc::new(ObjectBlobs::in_folder(directory.path()).unwrap()),
            clock: clock.clone(),
            rng: Arc::new(CountingRng(AtomicU64::new(0))),
            sealing: Arc::new(SealingKey::from_bytes([7; 32])),
        };
        let services = Arc::new(Services::start(dependencies, options).await.unwrap());
        let operator = Operator::this_process();
        for account in ["10020030", "99"] {
            services.accounts.create(&operator, AccountId::parse(account).unwrap()).await.unwrap();
        }
        let admin = operator.account_admin(AccountId::parse("10020030").unwrap());
        for (name, role) in [("ada", Role::Admin), ("bot", Role::Agent)] {
            let password = Secret::new(format!("password of {name}"));
            let user = NewUser::new(name.to_owned(), role, password);
            services.users.create(&admin, user).await.unwrap();
        }
        let (app, _) = services.installations.create(&admin, Manifest::connector("app"), None).await.unwrap();
        let options = RouterOptions { rate, ..RouterOptions::default() };
        let router = crate::router(Arc::clone(&services), options);
        Self { router, services, clock, app, _directory: directory }
    }

    /// `client_id` and `client_secret` as parameters.
    pub(crate) fn credentials(&self) -> String {
        format!("client_id={}&client_secret={}", self.app.app.id, self.app.secret.expose())
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.call(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// An AppJWT by HTTP.
    pub(crate) async fn app_jwt(&self) -> String {
        let path = format!(
            "/sentinel/api/account/10020030/app/token?v=1.0&grant_type=client_credentials&{}",
            self.credentials()
        );
        let answer = self.post(&path, &[], "").await;
        assert_eq!(answer.status, StatusCode::OK.as_u16(), "{}", answer.text);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    async fn call(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }
}
