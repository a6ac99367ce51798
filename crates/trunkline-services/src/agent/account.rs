//! One account with connected agents: who is there, who is told what, whose phone rings.

mod brief;
mod command;
mod filter;
mod follow;
mod jobs;
mod overdue;
mod presence;
mod registry;
mod returns;
mod rings;
mod subscriptions;
mod telling;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use trunkline_model::routing::{ConversationView, Options, Routing};
use trunkline_model::{LogPosition, PageRequest, Timer};
use trunkline_storage::{ConversationFilter, PlacedConversation};
use trunkline_wire::agent::Close;
use trunkline_wire::{AccountId, AgentId, ConversationId, EpochMillis};

use super::AgentsParts;
use super::connection::ConnectionId;
use super::view::Numbers;
use crate::Error;
use crate::socket::Departures;
use crate::users::ChangedUser;
use brief::Brief;
use jobs::Jobs;
use overdue::{Announcements, Deadlines};
use presence::Presence;
use registry::Subscriptions;
use returns::Return;
use rings::Proposal;

pub(super) use command::{Command, RingFilter, RingRefusal, Socket, SubscriptionRefusal};
pub(super) use filter::Filter;

/// Conversations read at once: few, because states are large and what they leave behind takes memory, too.
const PAGE: usize = 128;
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
    /// Every entry up to here was taken into account.
    position: LogPosition,
    /// Open conversations; boxed, so that a table that grows is small.
    briefs: HashMap<ConversationId, Box<Brief>>,
    /// When their answers become overdue.
    deadlines: Deadlines,
    announcements: Announcements,
    routing: Routing,
    connections: HashMap<ConnectionId, Socket>,
    subscriptions: Subscriptions,
    agents: HashMap<AgentId, Presence>,
    /// Who is without a socket, and until when that means nothing.
    absences: BTreeSet<(EpochMillis, AgentId)>,
    /// Disabled users of whom subscribers were told; each is reviewed more than once.
    removed: BTreeSet<AgentId>,
    /// Since when there is no socket at all.
    empty_since: Option<EpochMillis>,
    numbers: Numbers,
    departures: Arc<Departures<ConnectionId>>,
    next_connection: u64,
    next_look: EpochMillis,
    jobs: Jobs,
    /// Proposals that could not be taken back yet.
    unended: Vec<Proposal>,
    /// Conversations that could not be taken from disabled users yet.
    unreturned: Vec<Return>,
    changed_users: broadcast::Receiver<ChangedUser>,
    /// Whether a change of a user could not be taken into account yet.
    unreviewed: bool,
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
        let mut account = Self {
            routing: Routing::new(id.clone(), Options::default()),
            id,
            changed_users: parts.users.changes(),
            empty_since: None,
            parts,
            timer,
            tail,
            position,
            briefs: HashMap::new(),
            deadlines: Deadlines::default(),
            announcements: Announcements::default(),
            connections: HashMap::new(),
            subscriptions: Subscriptions::default(),
            agents: HashMap::new(),
            absences: BTreeSet::new(),
            removed: BTreeSet::new(),
            numbers: Numbers::new(),
            departures: Arc::default(),
            next_connection: 0,
            next_look: EpochMillis(0),
            jobs: Jobs::default(),
            unended: Vec::new(),
            unreturned: Vec::new(),
            // Users who answer may have been disabled while nobody was here.
            unreviewed: true,
        };
        let filter = ConversationFilter { open: Some(true), consumer: None };
        let mut page = PageRequest::first(PAGE);
        loop {
            let found = account.parts.storage.placed_conversations(&account.id, filter, page).await?;
            for placed in &found.items {
                account.know(placed);
            }
            match found.next {
                Some(after) => page = PageRequest { after: Some(after), limit: PAGE },
                None => break,
            }
        }
        // Everything came in its order.
        account.deadlines.pack();
        account.routing.pack();
        Ok(account)
    }

    fn know(&mut self, placed: &PlacedConversation) {
        let now = self.timer.now();
        let mut brief = Brief::of(&placed.conversation, placed.state_at);
        // Nobody is there yet who could be told.
        brief.is_overdue = brief.answer_due.get().is_some_and(|due| due <= now);
        self.deadlines.replace(placed.conversation.id, None, brief.deadline());
        // Nor anybody who could be rung.
        self.routing.follow(&ConversationView::from(&placed.conversation), now);
        self.briefs.insert(placed.conversation.id, Box::new(brief));
    }

    /// Works until `stop`, until nobody can ask it any more, or until everybody has been away for a while. Who connects at
    /// that moment gets no answer and asks another task.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>, stop: CancellationToken) {
        let departures = Arc::clone(&self.departures);
        // However long the reading took: whoever it was for has time to connect.
        self.empty_since = Some(self.timer.now());
        while !self.is_deserted() {
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
                Some(ended) = self.jobs.next() => self.ended(ended).await,
                () = departures.wait() => self.departed(),
                changed = self.changed_users.recv() => match changed {
                    Ok(user) if user.account == self.id => self.review(user.id).await,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => self.review_all().await,
                    Err(RecvError::Closed) => break,
                },
                () = wake => self.tick().await,
            }
        }
    }

    /// When something is to be done although nothing happened.
    fn next_wake(&self) -> EpochMillis {
        let gone = self.absences.first().map(|(at, _)| *at);
        let overdue = self.deadlines.next().filter(|_| self.announcements.has_room());
        [self.routing.next_tick(), gone, overdue, self.deserted_at()]
            .into_iter()
            .flatten()
            .fold(self.next_look, EpochMillis::min)
    }

    async fn tick(&mut self) {
        let now = self.timer.now();
        if now >= self.next_look {
            self.next_look = now.plus(LOOK);
            for socket in self.connections.values() {
                socket.outbox.check(now);
            }
            self.follow_log().await;
            self.end_proposals();
            self.give_back_again();
            self.read_announced();
            if self.unreviewed {
                self.review_all().await;
            }
        }
        self.let_go(now);
        self.pass_deadlines(now);
        let effects = self.routing.tick(now);
        self.apply(effects);
    }
}

impl Drop for Account {
    /// However the task ends: its sockets hear nothing any more, so their clients must come back.
    fn drop(&mut self) {
        for socket in self.connections.values() {
            socket.outbox.close(Close::GoingAway);
        }
    }
}
