//! A platform on loopback.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use trunkline_blobs::ObjectBlobs;
use trunkline_http::rate_limit::Rate;
use trunkline_http::{Limits, ListenerOptions, Listeners, RouterOptions, SocketLimits, TlsIdentity};
use trunkline_jobs::webhooks::transport::{HttpTransport, TransportOptions};
use trunkline_jobs::{files, retention, webhooks};
use trunkline_jose::SealingKey;
use trunkline_model::{Role, Secret, Timer, TokenHash, User};
use trunkline_services::auth::Operator;
use trunkline_services::keys::ReadyKeys;
use trunkline_services::users::{NewUser, PasswordOptions};
use trunkline_services::{Dependencies, Options, Services};
use trunkline_storage_sqlite::SqliteStorage;
use trunkline_wire::AccountId;
use trunkline_wire::installations::EndpointPolicy;

use crate::{Answer, App, TestClock, TestRng};

/// What a test changes about its server.
#[derive(Debug, Default)]
pub struct Settings {
    /// How the services behave.
    pub options: Options,
    /// What one peer may take.
    pub limits: Limits,
    /// What one WebSocket may take.
    pub sockets: SocketLimits,
    /// A certificate for loopback; with one, HTTPS is served, too.
    pub tls: Option<TlsIdentity>,
    /// The limit on requests per app.
    pub rate: Option<Rate>,
    /// How webhooks are delivered.
    pub webhooks: webhooks::Options,
    /// How endpoints are reached; `None`: as `serve --dev` does.
    pub transport: Option<TransportOptions>,
}

impl Settings {
    /// Manifests may name `http://` endpoints on loopback.
    pub fn for_loopback_endpoints() -> Self {
        let mut settings = Self::default();
        settings.options.endpoints = EndpointPolicy::HttpOnLoopback;
        settings
    }
}

/// A platform with account `10020030` and an admin user `ada`. It ends when it is dropped.
pub struct TestServer {
    /// The time of this server.
    pub clock: Arc<TestClock>,
    /// Its services, for what a test needs beside HTTP.
    pub services: Arc<Services>,
    sweeps: watch::Receiver<u64>,
    retentions: watch::Receiver<u64>,
    client: reqwest::Client,
    base: String,
    https: Option<SocketAddr>,
    _tasks: TaskTracker,
    _shutdown: DropGuard,
    directory: TempDir,
}

impl TestServer {
    /// The account that exists from the start.
    pub const ACCOUNT: &'static str = "10020030";
    /// The admin's name.
    pub const ADMIN: &'static str = "ada";
    /// Every user's password.
    pub const PASSWORD: &'static str = "correct horse battery";
    /// The operator's token.
    pub const OPERATOR_TOKEN: &'static str = "the operator's token, in tests only";

    /// Starts a server with the documented behaviour.
    pub async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    /// Starts a server whose manifests may name `http://` endpoints on loopback, as with `serve --dev`.
    pub async fn for_loopback_endpoints() -> Self {
        Self::with(Settings::for_loopback_endpoints()).await
    }

    /// Starts a server that differs from the documented behaviour.
    pub async fn with(mut settings: Settings) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let storage = SqliteStorage::open(directory.path(), trunkline_storage_sqlite::Options::default())
            .expect("an empty store opens");
        let clock = Arc::new(TestClock::default());
        let keys = (0..trunkline_jose::testing::KEY_COUNT).map(trunkline_jose::testing::key).collect();
        settings.options.keys.source = Arc::new(ReadyKeys::new(keys));
        settings.options.passwords = PasswordOptions::cheap();
        settings.options.auth.operator_token =
            Some(TokenHash(trunkline_jose::sha256(Self::OPERATOR_TOKEN.as_bytes())));
        let listeners = Listeners::bind(ListenerOptions {
            http: Some(([127, 0, 0, 1], 0).into()),
            https: settings.tls.take().map(|identity| (([127, 0, 0, 1], 0).into(), identity)),
            limits: settings.limits.clone(),
        })
        .await
        .expect("loopback has a free port");
        let address = listeners.http_addr().expect("it was asked for");
        let https = listeners.https_addr();
        if settings.options.domains.host.is_empty() {
            settings.options.domains.host = address.to_string();
        }
        let blobs = ObjectBlobs::in_folder(&directory.path().join("files")).expect("an empty folder");
        let dependencies = Dependencies {
            storage,
            blobs: Arc::new(blobs),
            clock: Arc::clone(&clock) as _,
            rng: Arc::new(TestRng::seeded(1)),
            sealing: Arc::new(SealingKey::from_bytes([7; 32])),
        };
        let services = Services::start(dependencies, settings.options).await.expect("the services start");
        let services = Arc::new(services);
        let shutdown = CancellationToken::new();
        let router = trunkline_http::router(
            Arc::clone(&services),
            RouterOptions {
                limits: settings.limits,
                sockets: settings.sockets,
                rate: settings.rate,
                prometheus: None,
                shutdown: shutdown.clone(),
            },
        );
        let tasks = TaskTracker::new();
        let transport = settings.transport.unwrap_or_else(TransportOptions::development);
        let transport = Arc::new(HttpTransport::new(transport).expect("the transport's options are sound"));
        let timer: Arc<dyn Timer> = Arc::clone(&clock) as _;
        services.agents.start(Arc::clone(&timer), tasks.clone(), shutdown.clone());
        services.consumers.start(Arc::clone(&timer), tasks.clone(), shutdown.clone());
        services.expiry.start(&timer, &tasks, &shutdown);
        webhooks::start(&services, timer, transport, settings.webhooks, &tasks, shutdown.clone())
            .await
            .expect("an empty store has nothing to deliver");
        let sweeps =
            files::start(Arc::clone(&services.files), Arc::clone(&clock) as _, &tasks, shutdown.clone());
        let retentions = retention::start(
            Arc::clone(&services.erasure),
            Arc::clone(&clock) as _,
            &tasks,
            shutdown.clone(),
        );
        tasks.spawn(listeners.serve(router, shutdown.clone()));
        let server = Self {
            clock,
            services,
            sweeps,
            retentions,
            client: reqwest::Client::builder().no_proxy().build().expect("a plain client"),
            base: format!("http://{address}"),
            https,
            _tasks: tasks,
            _shutdown: shutdown.drop_guard(),
            directory,
        };
        server.create_account(Self::ACCOUNT).await;
        server.create_user(Self::ACCOUNT, Self::ADMIN, Role::Admin).await;
        server
    }

    /// Where HTTPS is served, if it is.
    pub fn https(&self) -> Option<SocketAddr> {
        self.https
    }

    /// How many complete blobs the folder of this server's files holds.
    pub fn stored_blobs(&self) -> usize {
        self.blobs(|name| !name.contains('#'))
    }

    /// Waits until nothing is left of uploads that broke off.
    pub async fn uploads_cleared(&self) {
        while self.blobs(|name| name.contains('#')) > 0 {
            tokio::task::yield_now().await;
        }
    }

    /// The store gives what is not complete a name with that sign.
    fn blobs(&self, wanted: impl Fn(&str) -> bool) -> usize {
        let folder = self.directory.path().join("files/objects").join(Self::ACCOUNT);
        let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
        entries.filter_map(Result::ok).filter(|entry| wanted(&entry.file_name().to_string_lossy())).count()
    }

    /// The folder of its store.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Moves the time forward and waits until files were swept at that time.
    pub async fn advance_and_sweep(&self, span: Duration) {
        self.advance_and_await(&self.sweeps, span.max(files::INTERVAL)).await;
    }

    /// Moves the time forward and waits until old conversations were erased at that time.
    pub async fn advance_and_retain(&self, span: Duration) {
        self.advance_and_await(&self.retentions, span.max(retention::INTERVAL)).await;
    }

    async fn advance_and_await(&self, rounds: &watch::Receiver<u64>, span: Duration) {
        let mut rounds = rounds.clone();
        // What was not over before the time moved says nothing about the time after it.
        let before = *rounds.wait_for(|rounds| *rounds > 0).await.expect("it runs as long as the server");
        self.clock.advance(span);
        rounds.wait_for(|rounds| *rounds > before).await.expect("it runs as long as the server");
    }

    /// The address with its scheme.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The account that exists from the start.
    pub fn account() -> AccountId {
        AccountId::parse(Self::ACCOUNT).expect("digits")
    }

    /// Adds an account.
    pub async fn create_account(&self, id: &str) {
        let id = AccountId::parse(id).expect("an account id");
        self.services.accounts.create(&Operator::this_process(), id).await.expect("a new account");
    }

    /// Adds a user whose password is [`Self::PASSWORD`].
    pub async fn create_user(&self, account: &str, name: &str, role: Role) -> User {
        let account = AccountId::parse(account).expect("an account id");
        let admin = Operator::this_process().account_admin(account);
        let password = Secret::new(Self::PASSWORD.to_owned());
        let user = NewUser::new(name.to_owned(), role, password);
        self.services.users.create(&admin, user).await.expect("a new user")
    }

    /// Installs a connector app with all the documented basics.
    pub async fn app(&self) -> App<'_> {
        self.app_named(Self::ACCOUNT, "com.example.sms-bridge").await
    }

    /// Installs a connector app of another name or account.
    pub async fn app_named(&self, account: &str, name: &str) -> App<'_> {
        App::install(self, account, name).await
    }

    /// Installs a connector app with these members of its manifest beside the basics; `client_name` must be one of them.
    pub async fn app_with(&self, members: serde_json::Value) -> App<'_> {
        App::install_with(self, Self::ACCOUNT, members).await
    }

    /// A request to this server; `path` begins with a slash.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    /// Signs a user in and returns the bearer.
    pub async fn bearer(&self, account: &str, name: &str) -> String {
        self.sign_in(account, name).await.bearer
    }
}
