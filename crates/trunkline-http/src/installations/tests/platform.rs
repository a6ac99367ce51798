//! The two routers over a real store, with one account, its users and their bearers.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;
use trunkline_blobs::ObjectBlobs;
use trunkline_jose::{SealingKey, sha256};
use trunkline_model::{Clock, LoginProof, Rng, Role, Session, TokenHash, User, UserState};
use trunkline_services::auth::Operator;
use trunkline_services::domains::DomainOptions;
use trunkline_services::keys::{KeyRingOptions, ReadyKeys};
use trunkline_services::users::PasswordOptions;
use trunkline_services::{Dependencies, Services};
use trunkline_storage::Storage;
use trunkline_storage_sqlite::{Options as StorageOptions, SqliteStorage};
use trunkline_wire::{AccountId, EpochMillis, UserId};

/// `Authorization` of an admin of account 10020030.
pub(crate) const ADMIN: &str = "Bearer admin";
/// Of an admin whose session has run out.
pub(crate) const EXPIRED: &str = "Bearer expired";
/// Of an agent of the account.
pub(crate) const AGENT: &str = "Bearer agent";
/// Of an admin of account 99.
pub(crate) const OTHER_ACCOUNT: &str = "Bearer other";

/// The advertised host of every service.
pub(crate) const HOST: &str = "connect.example.net:8443";

const NOW: EpochMillis = EpochMillis(1_700_000_000_000);

#[derive(Debug)]
struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> EpochMillis {
        NOW
    }
}

/// Bytes that are all different, but the same in every run.
#[derive(Debug, Default)]
struct CountingRng(AtomicU64);

impl Rng for CountingRng {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
            chunk.copy_from_slice(&sha256(&number)[..chunk.len()]);
        }
    }
}

/// A request to be.
pub(crate) struct Call(http::request::Builder, String);

impl Call {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self(Request::builder().method(method).uri(path), String::new())
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value), self.1)
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").text(&body.to_string())
    }

    pub(crate) fn text(self, body: &str) -> Self {
        Self(self.0, body.to_owned())
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?} {}", self.0.method_ref(), self.0.uri_ref(), self.1)
    }
}

/// An answer; `body` is `Null` when there is none.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn revision(&self) -> Option<i64> {
        self.headers.get("ac-revision").map(|value| value.to_str().unwrap().parse().unwrap())
    }
}

pub(crate) struct Platform {
    router: Router,
    pub(crate) services: Arc<Services>,
    _directory: TempDir,
}

impl Platform {
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let storage = SqliteStorage::open(directory.path(), StorageOptions::default()).unwrap();
        let services = Arc::new(services(storage, directory.path()).await);
        let operator = Operator::this_process();
        for (account, users) in [
            (
                "10020030",
                &[("admin", Role::Admin, 1), ("expired", Role::Admin, -1), ("agent", Role::Manager, 1)][..],
            ),
            ("99", &[("other", Role::Admin, 1)]),
        ] {
            let account = AccountId::parse(account).unwrap();
            services.accounts.create(&operator, account.clone()).await.unwrap();
            for (name, role, hours) in users {
                sign_in(&*services.storage, &account, name, *role, *hours).await;
            }
        }
        let router = crate::installations::router().merge(crate::domains::router());
        let router = router.with_state(Arc::clone(&services));
        Self { router, services, _directory: directory }
    }

    /// A call by the admin.
    pub(crate) async fn admin(&self, call: Call) -> Answer {
        self.call(call.header("authorization", ADMIN)).await
    }

    /// A call as it is. Every body that comes back must be JSON and say so.
    pub(crate) async fn call(&self, call: Call) -> Answer {
        let request = call.0.body(Body::from(call.1)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = if text.is_empty() {
            Value::Null
        } else {
            assert_eq!(parts.headers[header::CONTENT_TYPE], "application/json");
            serde_json::from_str(&text).unwrap()
        };
        Answer { status: parts.status, headers: parts.headers, text, body }
    }
}

async fn services(storage: Arc<dyn Storage>, folder: &Path) -> Services {
    let dependencies = Dependencies {
        storage,
        blobs: Arc::new(ObjectBlobs::in_folder(folder).unwrap()),
        clock: Arc::new(StoppedClock),
        rng: Arc::new(CountingRng::default()),
        sealing: Arc::new(SealingKey::from_bytes([7; 32])),
    };
    let ready = (0..4).map(trunkline_jose::testing::key).collect();
    let options = trunkline_services::Options {
        domains: DomainOptions { host: HOST.to_owned(), ..DomainOptions::default() },
        keys: KeyRingOptions { source: Arc::new(ReadyKeys::new(ready)), ..KeyRingOptions::default() },
        passwords: PasswordOptions::cheap(),
        ..trunkline_services::Options::default()
    };
    Services::start(dependencies, options).await.unwrap()
}

/// Creates a user and a session that ends in (or ended before) so many hours; the login name is the bearer.
async fn sign_in(storage: &dyn Storage, account: &AccountId, name: &str, role: Role, hours: i64) {
    let user = User {
        account: account.clone(),
        id: UserId::from_number(0),
        login_name: name.to_owned(),
        role,
        password_hash: String::new(),
        state: UserState::Active,
        skills: Vec::new(),
        max_conversations: None,
        created_at: NOW,
    };
    let user = storage.create_user(user).await.unwrap();
    let hash = |what: &str| TokenHash(sha256(format!("{name}{what}").as_bytes()));
    let session = Session {
        account: account.clone(),
        user: user.id,
        bearer: hash(""),
        cookie: hash("cookie"),
        csrf: hash("csrf"),
        created_at: EpochMillis(NOW.0 - 7_200_000),
        expires_at: EpochMillis(NOW.0 + hours * 3_600_000),
    };
    storage.create_session(session, LoginProof::Password { hash: user.password_hash }).await.unwrap();
}
