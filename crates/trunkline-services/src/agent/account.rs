//! One account with connected agents: who is there, who is told what, whose phone rings.

mod brief;
mod command;
mod follow;
mod presence;
mod rings;
mod settings;
mod subscriptions;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use trunkline_model::conversation::Conversation;
use trunkline_model::routing::Routing;
use trunkline_model::{LogPosition, PageRequest, Timer};
use trunkline_storage::ConversationFilter;
use trunkline_wire::agent::Close;
use trunkline_wire::{AccountId, AgentId, ConversationId, EpochMillis};

use super::AgentsParts;
use super::connection::ConnectionId;
use super::view::Numbers;
use crate::Error;
use brief::Brief;
use presence::Presence;

use command::Departures;
pub(super) use command::{Command, RingFilter, RingRefusal, Socket, SubscriptionRefusal, Ticket};
use subscriptions::Connected;
pub(super) use subscriptions::Filter;

/// Conversations read at once.
const PAGE: usize = 500;
/// Entries of the log read at once.
const ENTRIES: usize = 512;
/// How often everything is looked at, whether or not something happened: slow readers, a log that could not be read.
const LOOK: Duration = Duration::from_secs(1);

/// The state of an account's task.
pub(super) struct Account {
    id: AccountId,
    parts: Arc<AgentsParts>,
    timer: Arc<dyn Timer>,
    tail: watch::Receiver<LogPosition>,
    settings: watch::Receiver<u64>,
    /// Every entry up to here was taken into account.
    position: LogPosition,
    /// Open conversations.
    briefs: HashMap<ConversationId, Brief>,
    routing: Routing,
    connections: BTreeMap<ConnectionId, Connected>,
    agents: HashMap<AgentId, Presence>,
    numbers: Numbers,
    departures: Arc<Departures>,
    next_connection: u64,
    next_look: EpochMillis,
    /// Proposals that could not be taken back yet.
    unended: Vec<(ConversationId, AgentId)>,
}

impl Account {
    /// Reads what is open.
    pub(super) async fn load(
        parts: Arc<AgentsParts>,
        timer: Arc<dyn Timer>,
        id: AccountId,
    ) -> Result<Self, Error> {
        let tail = parts.storage.tail();
        // Before reading: what happens meanwhile is met again in the log.
        let position = *tail.borrow();
        let settings = parts.settings.changes();
        let mut account = Self {
            routing: Routing::new(id.clone(), settings::routing_options(&parts, &id).await?),
            id,
            parts,
            timer,
            tail,
            settings,
            position,
            briefs: HashMap::new(),
            connections: BTreeMap::new(),
            agents: HashMap::new(),
            numbers: Numbers::new(),
            departures: Arc::default(),
            next_connection: 0,
            next_look: EpochMillis(0),
            unended: Vec::new(),
        };
        let filter = ConversationFilter { open: Some(true), consumer: None };
        let mut page = PageRequest::first(PAGE);
        loop {
            let found = account.parts.storage.conversations(&account.id, filter, page).await?;
            for state in &found.items {
                account.know(state);
            }
            match found.next {
                Some(after) => page = PageRequest { after: Some(after), limit: PAGE },
                None => return Ok(account),
            }
        }
    }

    fn know(&mut self, state: &Conversation) {
        let brief = Brief::of(state);
        // Nobody is there yet who could be rung.
        self.routing.follow(&brief.view, self.timer.now());
        self.briefs.insert(state.id, brief);
    }

    /// Works until `stop`, or until nobody can ask it any more.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>, stop: CancellationToken) {
        let departures = Arc::clone(&self.departures);
        loop {
            let wake = self.timer.sleep_until(self.next_wake());
            tokio::select! {
                () = stop.cancelled() => break,
                changed = self.tail.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    self.follow_log().await;
                }
                command = commands.recv() => match command {
                    Some(command) => self.command(command).await,
                    None => break,
                },
                () = departures.wait() => self.departed(),
                () = wake => self.tick().await,
            }
        }
    }

    /// When something is to be done although nothing happened.
    fn next_wake(&self) -> EpochMillis {
        let gone = self.agents.values().filter_map(|presence| presence.gone_at).min();
        [self.routing.next_tick(), gone].into_iter().flatten().fold(self.next_look, EpochMillis::min)
    }

    async fn tick(&mut self) {
        let now = self.timer.now();
        if now >= self.next_look {
            self.next_look = now.plus(LOOK);
            for connected in self.connections.values() {
                connected.socket.outbox.check(now);
            }
            self.follow_log().await;
            self.end_proposals().await;
        }
        self.let_go(now).await;
        let effects = self.routing.tick(now);
        self.apply(effects).await;
    }
}

impl Drop for Account {
    /// However the task ends: its sockets hear nothing any more, so their clients must come back.
    fn drop(&mut self) {
        for connected in self.connections.values() {
            connected.socket.outbox.close(Close::GoingAway);
        }
    }
}
