//! Keeps a worker for every enabled app.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
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
/// How often the store is asked for enabled apps that nobody told of.
const SWEEP: Duration = Duration::from_mins(1);
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
    tasks.spawn(feed(Arc::clone(&shared), tasks.clone(), stop.clone()));
    tasks.spawn(engine.run(stop));
    let Shared { storage, clock, options, .. } = &*shared;
    // Ends when the last worker does.
    tasks.spawn(flusher::run(written, Arc::clone(storage), Arc::clone(clock), options.clone()));
    Ok(())
}

/// Keeps the feeder going.
async fn feed(shared: Arc<Shared>, tasks: TaskTracker, stop: CancellationToken) {
    loop {
        let tail = shared.storage.tail();
        let feeder = tasks.spawn(feeder::run(Arc::clone(&shared), tail, stop.clone()));
        match feeder.await {
            Ok(()) => return,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the feeder of webhook delivery ended unexpectedly: beginning again"
                );
                drop(error);
                if stop.run_until_cancelled(tokio::time::sleep(AFTER_FAILURE)).await.is_none() {
                    return;
                }
            }
        }
    }
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
    /// Cancelled when the worker is to end; until it has, there is no other.
    stop: CancellationToken,
}

impl Engine {
    /// Begins to deliver to every enabled app that has no worker.
    async fn start_all(&mut self) -> Result<(), Error> {
        let mut page = PageRequest::first(PAGE);
        loop {
            let found = self.shared.storage.delivering_apps(page).await?;
            for (app, cursor) in found.items {
                if !self.apps.contains_key(&app.id) {
                    self.begin(app, cursor).await;
                }
            }
            match found.next {
                Some(after) => page = PageRequest { after: Some(after), limit: PAGE },
                None => return Ok(()),
            }
        }
    }

    async fn run(mut self, stop: CancellationToken) {
        let hub = Arc::clone(&self.shared.hub);
        let mut sweep = Instant::now() + SWEEP;
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                changed = hub.changed_apps() => {
                    for (account, app) in changed {
                        self.update(account, app).await;
                    }
                }
                Some(((account, app, generation), outcome)) = self.workers.join_next() => {
                    self.ended(account, app, generation, outcome.is_err()).await;
                }
                () = tokio::time::sleep_until(sweep) => {
                    sweep = Instant::now() + SWEEP;
                    if let Err(error) = self.start_all().await {
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(error, "cannot look for apps without webhook delivery");
                    }
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
                None => self.begin(app, cursor).await,
                Some(known) if known.generation == cursor.generation => {
                    known.configuration.send_replace(Arc::new(app));
                }
                // The next one begins when this one has ended.
                Some(known) => known.stop.cancel(),
            },
            Ok(None) => {
                if let Some(known) = self.apps.get(&id) {
                    known.stop.cancel();
                }
            }
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

    /// A worker ended: because it was told to, or because it failed. What is to be delivered begins again from what is
    /// stored.
    async fn ended(&mut self, account: AccountId, id: AppInstallationId, generation: i64, failed: bool) {
        let Some(app) = self.apps.get(&id).filter(|app| app.generation == generation) else { return };
        let was_told = app.stop.is_cancelled();
        self.apps.remove(&id);
        if was_told && !failed {
            self.update(account, id).await;
        } else {
            tracing::error!(app.id = %id, failed, "webhook delivery ended unexpectedly: beginning again");
            self.again(account, id);
        }
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
