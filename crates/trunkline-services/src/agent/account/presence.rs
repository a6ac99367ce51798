//! Who is there. Source: spec 21 §6, §7.1.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use trunkline_model::routing::AgentProfile;
use trunkline_model::{User, UserState};
use trunkline_wire::agent::{
    AgentState, AgentStates, Aid, Availability, ChangeFrame, ChangeKind, Rendered, UserRef,
};
use trunkline_wire::{AgentId, EpochMillis, ParticipantId, UserId};

use super::registry::Key;
use super::{Account, Socket};
use crate::Error;
use crate::agent::connection::ConnectionId;
use crate::agent::view;

/// How long an agent without a socket keeps the availability. Source: spec 21 §6.
const ABSENCE: Duration = Duration::from_mins(1);

/// An agent who is, or was, connected.
#[derive(Debug)]
pub(super) struct Presence {
    pub(super) sockets: BTreeSet<ConnectionId>,
    pub(super) availability: Availability,
    pub(super) description: Box<str>,
    /// When an agent without sockets is taken for offline.
    pub(super) gone_at: Option<EpochMillis>,
}

impl Account {
    pub(super) async fn connect(&mut self, socket: Socket) -> ConnectionId {
        let now = self.timer.now();
        self.next_connection += 1;
        let id = ConnectionId(self.next_connection);
        let caller = socket.caller.clone();
        self.numbers.insert(caller.pid, Some(caller.user));
        // What the session says may have changed since it was checked; what changes from now on is told.
        let profile = match self.user(caller.user).await {
            Ok(Some(user)) => AgentProfile::from(&*user),
            Ok(None) | Err(_) => socket.profile.clone(),
        };
        let presence = self.agents.entry(caller.pid).or_insert_with(|| Presence {
            sockets: BTreeSet::new(),
            availability: Availability::Offline,
            description: Box::default(),
            gone_at: None,
        });
        presence.sockets.insert(id);
        if let Some(at) = presence.gone_at.take() {
            self.absences.remove(&(at, caller.pid));
        }
        self.connections.insert(id, socket);
        self.empty_since = None;
        let effects = self.routing.put_agent(caller.pid, profile, now);
        self.apply(effects);
        id
    }

    /// Forgets sockets that are gone. Their agents may come back for a while.
    pub(super) fn departed(&mut self) {
        let now = self.timer.now();
        let gone_at = now.plus(ABSENCE);
        for id in self.departures.take() {
            self.subscriptions.remove_all(id);
            let Some(socket) = self.connections.remove(&id) else { continue };
            let agent = socket.caller.pid;
            let Some(presence) = self.agents.get_mut(&agent) else { continue };
            if presence.sockets.remove(&id) && presence.sockets.is_empty() {
                presence.gone_at = Some(gone_at);
                self.absences.insert((gone_at, agent));
            }
        }
        if self.connections.is_empty() {
            self.empty_since.get_or_insert(now);
        }
    }

    /// Takes agents for offline who did not come back.
    pub(super) fn let_go(&mut self, now: EpochMillis) {
        while self.absences.first().is_some_and(|(at, _)| *at <= now)
            && let Some((_, agent)) = self.absences.pop_first()
        {
            if self.forget_agent(agent) {
                self.tell_state(ChangeKind::Upsert, agent);
            }
        }
    }

    /// True when nobody is here or was here within the time in which agents may come back, and nothing is under way.
    pub(super) fn is_deserted(&self) -> bool {
        self.deserted_at().is_some_and(|at| at <= self.timer.now())
    }

    /// When everybody will have been away for long enough.
    pub(super) fn deserted_at(&self) -> Option<EpochMillis> {
        let is_idle = self.jobs.is_empty() && self.unended.is_empty() && self.unreturned.is_empty();
        self.empty_since.filter(|_| is_idle).map(|since| since.plus(ABSENCE))
    }

    /// False for somebody who was not here.
    fn forget_agent(&mut self, agent: AgentId) -> bool {
        let Some(presence) = self.agents.remove(&agent) else { return false };
        if let Some(at) = presence.gone_at {
            self.absences.remove(&(at, agent));
        }
        let effects = self.routing.remove_agent(agent, self.timer.now());
        self.apply(effects);
        true
    }

    /// Offers a user from now on what he is offered now; one who may not sign in any more is offered nothing, and loses what
    /// he answers.
    pub(super) async fn review(&mut self, id: UserId) {
        let aid = Aid { account: self.id.clone(), user: id };
        self.review_one(&UserRef::Aid(aid)).await;
    }

    async fn review_one(&mut self, who: &UserRef) {
        let user = match self.parts.users.resolve(&self.id, who).await {
            Ok(Some(user)) => user,
            Ok(None) => return,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(account = %self.id, error, "cannot read a user who was changed: trying again");
                self.unreviewed = true;
                return;
            }
        };
        let agent = user.agent_id();
        if user.state != UserState::Active {
            // He may be about to get one more: a ring that he took is with the store.
            self.unreviewed |= !self.jobs.is_empty();
            self.forget_agent(agent);
            if self.removed.insert(agent) {
                // He may never have been here.
                self.numbers.insert(agent, Some(user.id));
                self.tell_state(ChangeKind::Delete, agent);
            }
            self.give_back_all_of(agent);
        } else if self.agents.contains_key(&agent) {
            let effects = self.routing.put_agent(agent, AgentProfile::from(&*user), self.timer.now());
            self.apply(effects);
        }
    }

    /// Reviews everybody who is here or answers somebody: some changes were missed.
    pub(super) async fn review_all(&mut self) {
        self.unreviewed = false;
        let answering = self.routing.assignments().map(|(_, agent)| agent);
        let agents: BTreeSet<AgentId> = self.agents.keys().copied().chain(answering).collect();
        for agent in agents {
            self.review_one(&UserRef::Pid(agent)).await;
        }
    }

    async fn user(&self, user: UserId) -> Result<Option<Arc<User>>, Error> {
        let aid = Aid { account: self.id.clone(), user };
        self.parts.users.resolve(&self.id, &UserRef::Aid(aid)).await
    }

    /// False for somebody who is not connected.
    pub(super) fn set_state(
        &mut self,
        agent: AgentId,
        availability: Availability,
        description: Box<str>,
    ) -> bool {
        let Some(presence) = self.agents.get_mut(&agent) else { return false };
        (presence.availability, presence.description) = (availability, description);
        let effects = self.routing.set_availability(agent, availability, self.timer.now());
        self.apply(effects);
        self.tell_state(ChangeKind::Upsert, agent);
        true
    }

    /// Tells subscribers of an agent's state; a `DELETE` says that the user is no more. Source: spec 22 §3.
    fn tell_state(&self, kind: ChangeKind, agent: AgentId) {
        let keys: Vec<Key> = self.subscriptions.of_state(agent).collect();
        if !keys.is_empty() {
            self.tell_all(&mut ChangeFrame::of(kind, &self.state_of(agent)), keys);
        }
    }

    /// How an agent is available.
    pub(super) fn state_of(&self, agent: AgentId) -> Rendered<AgentStates> {
        let presence = self.agents.get(&agent);
        Rendered::<AgentStates>::of(&AgentState {
            account: &self.id,
            agent: view::identity(ParticipantId::Agent(agent), &self.numbers),
            availability: presence.map_or(Availability::Offline, |presence| presence.availability),
            description: presence.map_or("", |presence| &presence.description),
        })
    }
}
