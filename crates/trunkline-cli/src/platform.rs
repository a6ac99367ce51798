//! One running platform: store, services and listeners, wired together. `serve` and `demo` run the same one.

mod files;
mod options;
mod tls;
mod webhooks;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_http::{ListenError, ListenerOptions, Listeners, RouterOptions, SocketLimits};
use trunkline_jose::SealingKey;
use trunkline_model::Timer;
use trunkline_services::{Dependencies, Services};
use trunkline_storage::Storage;
use trunkline_storage_sqlite::{OpenError, SqliteStorage};

use crate::allocator::give_back;
use crate::clock::{SystemClock, SystemRng};
use crate::config::Settings;
use crate::data_dir::{DataDir, Lock, hex_key};
use crate::failure::{Exit, Failure};

pub(crate) use options::Mode;

/// How often histograms are summed up; the exporter advises five seconds.
const UPKEEP: Duration = Duration::from_secs(5);

/// A platform that serves.
pub(crate) struct Platform {
    storage: Arc<dyn Storage>,
    http: Option<SocketAddr>,
    https: Option<SocketAddr>,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    agents: Agents,
    deliveries: webhooks::Deliveries,
    _lock: Lock,
}

/// The tasks of agents' and consumers' sockets, which outlive the sockets.
struct Agents {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Platform {
    /// Opens the store of the data directory, binds the listeners and serves.
    ///
    /// `prepare` runs when everything is wired but nothing is served yet: what it sets up is there from the first
    /// request on.
    pub(crate) async fn start(
        settings: &Settings,
        data_dir: &DataDir,
        mode: Mode,
        metrics: Option<PrometheusHandle>,
        prepare: impl AsyncFnOnce(&Services) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let identity = tls::certificate_files(settings, mode)?;
        data_dir.create()?;
        let lock = data_dir.lock()?;
        let identity = match mode {
            Mode::Production => identity,
            Mode::Dev => {
                Some(crate::dev::server_identity(data_dir, trunkline_model::Clock::now(&SystemClock))?)
            }
        };
        let token = data_dir.operator_token(&SystemRng)?;
        let sealing = Arc::new(SealingKey::from_bytes(master_key(settings, data_dir)?));

        let limits = options::limits(settings);
        let listeners = Listeners::bind(ListenerOptions {
            http: Some(settings.server.http),
            https: identity.map(|identity| (settings.server.https, identity)),
            limits: limits.clone(),
        });
        let listeners = listeners.await.map_err(cannot_listen)?;
        let (http, https) = (listeners.http_addr(), listeners.https_addr());

        let storage: Arc<dyn Storage> = open_store(data_dir).await?;
        let blobs = files::open(settings, data_dir).await?;
        let dependencies = Dependencies {
            storage: Arc::clone(&storage),
            blobs,
            clock: Arc::new(SystemClock),
            rng: Arc::new(SystemRng),
            sealing,
        };
        let advertised = https.or(http).map(reachable).map(|address| address.to_string()).unwrap_or_default();
        let options = options::services(settings, mode, &token, advertised);
        let services = Services::start(dependencies, options).await;
        let services = Arc::new(services.context("cannot start the services").map_err(|error| {
            let hint =
                "a store opens only with the master key it was made with: keep master.key with the store";
            Failure::from(error).hint(hint)
        })?);
        prepare(&services).await?;
        let deliveries = webhooks::start(settings, mode, data_dir, &services).await?;

        let shutdown = CancellationToken::new();
        let router = trunkline_http::router(
            Arc::clone(&services),
            RouterOptions {
                limits,
                sockets: SocketLimits::default(),
                rate: options::rate(settings),
                prometheus: metrics.clone(),
                shutdown: shutdown.clone(),
            },
        );
        let tasks = TaskTracker::new();
        let agents = Agents { stop: CancellationToken::new(), tasks: TaskTracker::new() };
        services.agents.start(Arc::new(SystemClock), agents.tasks.clone(), agents.stop.clone());
        services.consumers.start(Arc::new(SystemClock), agents.tasks.clone(), agents.stop.clone());
        let timer: Arc<dyn Timer> = Arc::new(SystemClock);
        services.expiry.start(&timer, &tasks, &shutdown);
        if let Some(metrics) = metrics {
            tasks.spawn(keep_up(metrics, shutdown.clone()));
        }
        tasks.spawn(give_back(shutdown.clone()));
        trunkline_jobs::files::start(
            Arc::clone(&services.files),
            Arc::new(SystemClock),
            &tasks,
            shutdown.clone(),
        );
        trunkline_jobs::retention::start(
            Arc::clone(&services.erasure),
            Arc::new(SystemClock),
            &tasks,
            shutdown.clone(),
        );
        tasks.spawn(listeners.serve(router, shutdown.clone()));
        tasks.close();
        Ok(Self { storage, http, https, shutdown, tasks, agents, deliveries, _lock: lock })
    }

    /// The base URL of the plain listener.
    pub(crate) fn http_url(&self) -> Option<String> {
        self.http.map(|address| format!("http://{}", reachable(address)))
    }

    /// The base URL of the TLS listener.
    pub(crate) fn https_url(&self) -> Option<String> {
        self.https.map(|address| format!("https://{}", reachable(address)))
    }

    /// Stops accepting, lets running requests and then deliveries finish, closes the store.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.tasks.wait().await;
        // What sockets still asked for is answered by now.
        self.agents.stop.cancel();
        self.agents.tasks.close();
        self.agents.tasks.wait().await;
        self.deliveries.stop().await;
        self.storage.close().await;
    }
}

/// Sums up what histograms have collected, which would grow without end otherwise.
async fn keep_up(metrics: PrometheusHandle, shutdown: CancellationToken) {
    let mut interval = tokio::time::interval(UPKEEP);
    while shutdown.run_until_cancelled(interval.tick()).await.is_some() {
        metrics.run_upkeep();
    }
}

/// An address that listens everywhere is reached from here as this machine.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn cannot_listen(error: ListenError) -> Failure {
    let taken =
        matches!(&error, ListenError::Bind { source, .. } if source.kind() == std::io::ErrorKind::AddrInUse);
    let failure = Failure::new(if taken { Exit::Conflict } else { Exit::Failure }, error);
    failure.hint("choose other addresses with --http and --https; port 0 takes a free one")
}

async fn open_store(data_dir: &DataDir) -> Result<Arc<SqliteStorage>, Failure> {
    let path = data_dir.path().to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        SqliteStorage::open(&path, trunkline_storage_sqlite::Options::default())
    });
    let opened = opened.await.context("opening the store panicked")?;
    opened.map_err(|error| {
        let exit = if matches!(error, OpenError::InUse(_)) { Exit::Conflict } else { Exit::Failure };
        let context = format!("cannot open the store in {}", data_dir.path().display());
        Failure::new(exit, anyhow::Error::new(error).context(context))
    })
}

/// The key that encrypts secrets: from the configuration, else from `master.key`, made at the first start.
fn master_key(settings: &Settings, data_dir: &DataDir) -> Result<[u8; 32], Failure> {
    if let Some(key) = &settings.server.master_key {
        return Ok(hex_key(key.expose()).context("server.master_key is no key")?);
    }
    if let Some(path) = &settings.server.master_key_file {
        let read = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the master key {}", path.display()))
            .and_then(|text| hex_key(text.trim()).with_context(|| format!("{} is no key", path.display())));
        return read
            .map_err(|error| Failure::new(Exit::Usage, error).hint("make one with: openssl rand -hex 32"));
    }
    let key = data_dir.master_key(&SystemRng)?;
    Ok(hex_key(key.expose()).context("the master key is damaged")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_this_machine_get_an_address_they_can_dial() {
        for (bound, dialled) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("10.0.0.1:1", "10.0.0.1:1"),
        ] {
            assert_eq!(reachable(bound.parse().unwrap()).to_string(), dialled);
        }
    }
}
