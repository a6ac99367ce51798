//! Delivers to one app: gives the [`Reader`] what it asks for, sends what it says, writes down how far it is.

mod commands;
mod meters;
mod records;
mod running;
mod upkeep;

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use trunkline_model::{AppInstallation, DeliveryCursor, DeliveryFilter, PageRequest, Timer};
use trunkline_services::Error;
use trunkline_services::installations::Installations;
use trunkline_services::sentinel::ClientSecrets;
use trunkline_services::webhooks::{AppCommand, AppHandle, Hub, Notifier, notification};
use trunkline_storage::Storage;
use trunkline_wire::DeliveryId;

use super::Options;
use super::feeder::Routes;
use super::flusher::Flusher;
use super::inbox::{Feed, Inbox};
use super::policy::Policy;
use super::reader::{Attempt, Item, Reader, Settled};
use super::transport::{Post, Transport};
use commands::Replies;
use meters::Meters;
use records::Records;
use running::{Done, Running};
use upkeep::{Due, Upkeep};

/// The most entries taken from the inbox or asked from the store at once.
const PAGE: usize = 256;
/// The most lanes for which entries are read at the same time.
const LOADS: usize = 4;

/// What all workers share.
pub(crate) struct Shared {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) clock: Arc<dyn Timer>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) secrets: Arc<ClientSecrets>,
    pub(crate) installations: Arc<Installations>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) routes: Routes,
    pub(crate) flusher: Flusher,
    pub(crate) options: Options,
}

/// The worker of one app.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    app: Arc<AppInstallation>,
    generation: i64,
    notifier: Notifier,
    reader: Reader,
    inbox: Arc<Inbox>,
    running: Running,
    records: Records,
    replies: Replies,
    upkeep: Upkeep,
    meters: Meters,
    handle: AppHandle,
    commands: mpsc::Receiver<AppCommand>,
}

impl Worker {
    /// Takes up an app's deliveries where they were left.
    pub(crate) async fn start(
        shared: Arc<Shared>,
        app: Arc<AppInstallation>,
        cursor: DeliveryCursor,
    ) -> Result<Self, Error> {
        let notifier = Notifier::new(&app, &shared.secrets)?;
        let parked = shared.storage.parked_events(&app.account, app.id).await?;
        let newest = PageRequest::first(1);
        let newest =
            shared.storage.delivery_records(&app.account, app.id, DeliveryFilter::default(), newest).await?;
        let newest = newest.items.first().map_or(DeliveryId::from_number(0), |record| record.id);
        let now = shared.clock.now();
        let inbox = shared.routes.add(&app.account, app.id);
        let policy = policy(&shared.options, &notifier);
        let reader = Reader::new(policy, shared.options.max_in_flight, &cursor, parked, inbox.from(), now);
        let meters = Meters::new(app.id);
        let (upkeep, status) = Upkeep::new(&reader, &meters, cursor.position);
        let (sender, commands) = mpsc::channel(commands::QUEUE);
        let records = Records::new(shared.options.records, newest, &notifier);
        let handle = AppHandle { commands: sender, status, records: records.live() };
        shared.hub.register(app.id, handle.clone());
        Ok(Self {
            generation: cursor.generation,
            running: Running::default(),
            replies: Replies::default(),
            shared,
            app,
            notifier,
            reader,
            inbox,
            records,
            upkeep,
            meters,
            handle,
            commands,
        })
    }

    /// Delivers until `stop`, then lets requests under way end and writes down how far it got.
    pub(crate) async fn run(
        mut self,
        mut configuration: watch::Receiver<Arc<AppInstallation>>,
        stop: CancellationToken,
    ) {
        loop {
            self.go_on();
            self.upkeep.arm(&self.reader, &self.records, self.shared.clock.as_ref());
            tokio::select! {
                () = stop.cancelled() => break,
                Some(done) = self.running.next() => self.take(done),
                () = self.inbox.woken() => {}
                Some(command) = self.commands.recv() => self.command(command),
                due = self.upkeep.next() => match due {
                    Due::KeepUp => self.keep_up(),
                    Due::Tick => self.reader.tick(self.shared.clock.now()),
                },
                Ok(()) = configuration.changed() => {
                    let app = Arc::clone(&configuration.borrow_and_update());
                    self.reconfigure(app);
                }
            }
        }
        self.finish().await;
    }

    /// Does whatever can be done without waiting.
    fn go_on(&mut self) {
        let now = self.shared.clock.now();
        if self.reader.is_recovering() {
            let fed = self.shared.routes.fed();
            self.inbox.forget(fed);
            self.reader.recover(fed, now);
        }
        self.read();
        self.send();
        self.observe_phase();
        if self.replies.wait_for_flush(&self.reader) {
            self.flush();
        }
    }

    /// Takes what is in the inbox, and asks the store for what is not.
    fn read(&mut self) {
        let now = self.shared.clock.now();
        let reads_live = |running: &Running| running.reads.live || running.reads.rest;
        while let Some(from) = self.reader.live_from().filter(|_| !reads_live(&self.running)) {
            // Read before the inbox: whatever is up to here is in it by now.
            let fed = self.shared.routes.fed();
            match self.inbox.take(from, PAGE) {
                Ok((feeds, all)) => {
                    let empty = feeds.is_empty();
                    self.feed(feeds);
                    if all {
                        self.reader.live(&[], fed, now);
                    }
                    if empty {
                        break;
                    }
                }
                Err(begin) => self.running.read_live(&self.shared, &self.app.account, from, begin),
            }
        }
        if !self.running.reads.drain
            && !self.running.reads.rest
            && let Some((from, until)) = self.reader.drain_from()
        {
            self.running.read_drain(&self.shared, &self.app.account, from, until);
        }
        while self.running.loads < LOADS
            && let Some(load) = self.reader.next_load()
        {
            self.running.load(&self.shared, &self.app.account, load);
        }
    }

    fn feed(&mut self, feeds: Vec<Feed>) {
        let now = self.shared.clock.now();
        for feed in feeds {
            match feed {
                Feed::Entry(entry) => {
                    let position = entry.position;
                    self.reader.live(&[entry], position, now);
                }
                Feed::Chat(state) => self.reader.chat_state(&state),
            }
        }
    }

    /// Sends what can be sent now.
    fn send(&mut self) {
        let now = self.shared.clock.now();
        while let Some(next) = self.reader.next_attempt(now) {
            match next {
                Settled::Send(attempt) => self.post(attempt),
                Settled::Expired(attempt) => {
                    self.meters.expired(attempt.event);
                    self.records.expired(&attempt, now);
                }
            }
        }
    }

    fn post(&mut self, attempt: Attempt) {
        let now = self.shared.clock.now();
        let (body, id) = match &attempt.item {
            Item::Entry(entry) => {
                let is_full = self.shared.options.agent_only_messages;
                let is_erased = self.shared.hub.is_erased(entry.conversation);
                let entry = if is_erased { &entry.erased(now) } else { &**entry };
                let body = if is_full { notification::full_body(entry) } else { notification::body(entry) };
                (body, notification::message_id(entry.conversation, entry.entry.version))
            }
            Item::Chat(state) => {
                (notification::chat_state_body(state), notification::chat_state_message_id(state))
            }
        };
        match self.notifier.request(attempt.event, &id, body, now) {
            Some(request) => {
                let post = Post { endpoint: request.endpoint, headers: request.headers, body: request.body };
                self.running.post(&self.shared, attempt, post, now);
            }
            None => {
                // The policy comes from the same configuration, so this does not happen; if it did, nobody wants it.
                self.reader.completed(&attempt, true, now);
            }
        }
    }

    /// Takes the result of something that was under way.
    fn take(&mut self, done: Done) {
        let now = self.shared.clock.now();
        match done {
            Done::Sent { attempt, answer, at } => {
                let outcome = self.reader.completed(&attempt, answer.is_confirmation(), now);
                if let Some(endpoint) = self.notifier.endpoint(attempt.event) {
                    self.upkeep.slowness.note(endpoint, now, answer.duration);
                }
                self.meters.delivered(attempt.event, outcome, now.since(attempt.item.at()));
                self.records.add(&attempt, outcome, answer, at);
            }
            Done::Live(Ok(page)) => self.reader.live(&page.entries, page.reached, now),
            Done::Drain(from, Ok(page)) => self.reader.drained(from, &page.entries, page.reached, now),
            Done::Loaded(load, Ok(entries)) => self.reader.loaded(load, &entries, now),
            Done::Live(Err(error)) | Done::Drain(_, Err(error)) => {
                self.cannot_read(&error);
                self.running.rest();
            }
            Done::Loaded(load, Err(error)) => {
                self.cannot_read(&error);
                self.reader.not_loaded(load, now);
            }
            Done::Flushed(flush) => self.flushed(flush),
            Done::Found(replay) => self.found(replay),
            Done::Rested => {}
            Done::Disabled(Err(error)) => {
                self.upkeep.not_disabled();
                tracing::error!(app.id = %self.app.id, error = &error as &dyn std::error::Error, "cannot disable a slow app");
            }
            Done::Disabled(Ok(())) => {
                tracing::warn!(app.id = %self.app.id, "the app was disabled: its endpoint is too slow");
            }
        }
    }

    /// Reading goes on later; nothing is lost by waiting.
    fn cannot_read(&self, error: &trunkline_storage::Error) {
        let error = error as &dyn std::error::Error;
        tracing::error!(app.id = %self.app.id, error, "webhook delivery cannot read the log: trying again");
    }

    fn reconfigure(&mut self, app: Arc<AppInstallation>) {
        match Notifier::new(&app, &self.shared.secrets) {
            Ok(notifier) => {
                self.reader.reconfigure(policy(&self.shared.options, &notifier), self.shared.clock.now());
                self.records.reconfigure(&notifier);
                self.notifier = notifier;
                self.app = app;
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(app.id = %app.id, error, "the app's new configuration cannot be used for webhooks");
            }
        }
    }

    async fn finish(mut self) {
        self.shared.routes.remove(&self.app.account, &self.inbox);
        self.shared.hub.unregister(self.app.id, &self.handle);
        while self.reader.in_flight() > 0 || self.running.flushes {
            match self.running.next().await {
                Some(done) => self.take(done),
                None => break,
            }
        }
        self.records.flush_now();
        self.flush();
        while self.running.flushes
            && let Some(done) = self.running.next().await
        {
            self.take(done);
        }
        self.meters.gone();
    }
}

fn policy(options: &Options, notifier: &Notifier) -> Policy {
    Policy::of(notifier, options.agent_only_messages, options.chat_state_lifetime)
}
