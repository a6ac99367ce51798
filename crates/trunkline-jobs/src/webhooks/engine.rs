//! Keeps a worker for every enabled app.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{JoinMap, TaskTracker};
use trunkline_model::{AppInstallation, DeliveryCursor, PageRequest, Timer};
use trunkline_services::{Error, Services};
use trunkline_wire::{AccountId, AppInstallationId};

use super::Options;
use super::feeder::{self, Routes};
use super::flusher::{self, Flusher};
use super::sampler::TransportSampler;
use super::transport::Transport;
use super::worker::{Shared, Worker};

/// Apps read at once.
const PAGE: usize = 256;
/// How long a worker that ended unasked stays away.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Delivers the webhooks of all apps in tasks of `tasks`, until `stop`.
///
/// # Errors
/// Trouble with the store at the start.
pub async fn start(
    services: &Services,
    clock: Arc<dyn Timer>,
    transport: Arc<dyn Transport>,
    options: Options,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> Result<(), Error> {
    services.webhooks.sample_with(Arc::new(TransportSampler(Arc::clone(&transport))));
    let tail = services.storage.tail();
    let (flusher, written) = Flusher::new();
    let shared = Arc::new(Shared {
        storage: Arc::clone(&services.storage),
        clock,
        hub: Arc::clone(&services.hub),
        secrets: Arc::clone(&services.secrets),
        installations: Arc::clone(&services.installations),
        transport,
        routes: Routes::new(*tail.borrow()),
        flusher,
        options,
    });
    let mut engine = Engine { shared: Arc::clone(&shared), apps: HashMap::new(), workers: JoinMap::new() };
    engine.start_all().await?;
    // The feeder outlives the workers, which may still read what it had handed out.
    tasks.spawn(feeder::run(Arc::clone(&shared), tail, stop.clone()));
    tasks.spawn(engine.run(stop));
    let Shared { storage, clock, options, .. } = &*shared;
    // Ends when the last worker does.
    tasks.spawn(flusher::run(written, Arc::clone(storage), Arc::clone(clock), options.clone()));
    Ok(())
}

struct Engine {
    shared: Arc<Shared>,
    apps: HashMap<AppInstallationId, App>,
    workers: JoinMap<(AccountId, AppInstallationId, i64), ()>,
}

/// An app with a worker.
struct App {
    generation: i64,
    configuration: watch::Sender<Arc<AppInstallation>>,
    stop: CancellationToken,
}

impl Engine {
    async fn start_all(&mut self) -> Result<(), Error> {
        let mut page = PageRequest::first(PAGE);
        loop {
            let found = self.shared.storage.delivering_apps(page).await?;
            for (app, cursor) in found.items {
                self.begin(app, cursor).await;
            }
            match found.next {
                Some(after) => page = PageRequest { after: Some(after), limit: PAGE },
                None => return Ok(()),
            }
        }
    }

    async fn run(mut self, stop: CancellationToken) {
        let hub = Arc::clone(&self.shared.hub);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                changed = hub.changed_apps() => {
                    for (account, app) in changed {
                        self.update(account, app).await;
                    }
                }
                Some(((account, app, generation), outcome)) = self.workers.join_next() => {
                    self.ended(account, app, generation, outcome.is_err());
                }
            }
        }
        for app in self.apps.values() {
            app.stop.cancel();
        }
        while self.workers.join_next().await.is_some() {}
    }

    /// Brings an app's worker in line with the store.
    async fn update(&mut self, account: AccountId, id: AppInstallationId) {
        match self.shared.storage.delivering_app(&account, id).await {
            Ok(Some((app, cursor))) => match self.apps.get(&id) {
                Some(known) if known.generation == cursor.generation => {
                    known.configuration.send_replace(Arc::new(app));
                }
                _ => {
                    self.end(id);
                    self.begin(app, cursor).await;
                }
            },
            Ok(None) => self.end(id),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(app.id = %id, error, "cannot read the app for webhook delivery: trying again");
                self.again(account, id);
            }
        }
    }

    async fn begin(&mut self, app: AppInstallation, cursor: DeliveryCursor) {
        let (app, generation) = (Arc::new(app), cursor.generation);
        let (account, id) = (app.account.clone(), app.id);
        match Worker::start(Arc::clone(&self.shared), Arc::clone(&app), cursor).await {
            Ok(worker) => {
                let (configuration, changes) = watch::channel(app);
                let stop = CancellationToken::new();
                self.workers.spawn((account, id, generation), worker.run(changes, stop.clone()));
                self.apps.insert(id, App { generation, configuration, stop });
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(app.id = %id, error, "cannot begin webhook delivery: trying again");
                self.again(account, id);
            }
        }
    }

    fn end(&mut self, id: AppInstallationId) {
        if let Some(app) = self.apps.remove(&id) {
            app.stop.cancel();
        }
    }

    /// A worker ended: because it was told to, or because it failed; then it begins again from what is stored.
    fn ended(&mut self, account: AccountId, id: AppInstallationId, generation: i64, failed: bool) {
        if self.apps.get(&id).is_none_or(|app| app.generation != generation) {
            return;
        }
        self.apps.remove(&id);
        tracing::error!(app.id = %id, failed, "webhook delivery ended unexpectedly: beginning again");
        self.again(account, id);
    }

    /// Has an app looked at again after a while.
    fn again(&mut self, account: AccountId, id: AppInstallationId) {
        let hub = Arc::clone(&self.shared.hub);
        // Ends by itself; negative generations are no worker's.
        self.workers.spawn((account.clone(), id, -1), async move {
            tokio::time::sleep(AFTER_FAILURE).await;
            hub.app_changed(&account, id);
        });
    }
}
