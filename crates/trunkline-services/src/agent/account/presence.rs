//! Who is there. Source: spec 21 §6, §7.1.

use std::collections::BTreeSet;
use std::time::Duration;

use trunkline_model::routing::AgentProfile;
use trunkline_wire::agent::{AgentState, AgentStates, Availability, ChangeKind, Rendered, changes};
use trunkline_wire::{AgentId, EpochMillis, ParticipantId};

use super::subscriptions::{Connected, Subscription};
use super::{Account, Socket};
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
        let profile = AgentProfile {
            skills: socket.skills.as_slice().into(),
            max_conversations: socket.max_conversations,
        };
        let presence = self.agents.entry(caller.pid).or_insert_with(|| Presence {
            sockets: BTreeSet::new(),
            availability: Availability::Offline,
            description: Box::default(),
            gone_at: None,
        });
        presence.sockets.insert(id);
        presence.gone_at = None;
        self.connections.insert(id, Connected::new(socket));
        let effects = self.routing.put_agent(caller.pid, profile, now);
        self.apply(effects).await;
        id
    }

    /// Forgets sockets that are gone. Their agents may come back for a while.
    pub(super) fn departed(&mut self) {
        let gone_at = self.timer.now().plus(ABSENCE);
        for id in self.departures.take() {
            let Some(connected) = self.connections.remove(&id) else { continue };
            if let Some(presence) = self.agents.get_mut(&connected.socket.caller.pid) {
                presence.sockets.remove(&id);
                if presence.sockets.is_empty() {
                    presence.gone_at = Some(gone_at);
                }
            }
        }
    }

    /// Takes agents for offline who did not come back.
    pub(super) async fn let_go(&mut self, now: EpochMillis) {
        let gone: Vec<AgentId> = self
            .agents
            .iter()
            .filter(|(_, presence)| presence.gone_at.is_some_and(|at| at <= now))
            .map(|(agent, _)| *agent)
            .collect();
        for agent in gone {
            self.agents.remove(&agent);
            let effects = self.routing.remove_agent(agent, now);
            self.apply(effects).await;
            self.tell_state(agent);
        }
    }

    /// False for somebody who is not connected.
    pub(super) async fn set_state(
        &mut self,
        agent: AgentId,
        availability: Availability,
        description: Box<str>,
    ) -> bool {
        let Some(presence) = self.agents.get_mut(&agent) else { return false };
        (presence.availability, presence.description) = (availability, description);
        let effects = self.routing.set_availability(agent, availability, self.timer.now());
        self.apply(effects).await;
        self.tell_state(agent);
        true
    }

    /// Tells subscribers of an agent's state.
    fn tell_state(&self, agent: AgentId) {
        let (now, state) = (self.timer.now(), self.state_of(agent));
        for connected in self.connections.values() {
            for (id, subscription) in &connected.subscriptions {
                let Subscription::Agents(wanted) = subscription else { continue };
                if wanted.is_none_or(|wanted| wanted == agent) {
                    let frame = changes(*id, [(ChangeKind::Upsert, &state)]);
                    connected.socket.outbox.notify(frame.into(), now);
                }
            }
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
