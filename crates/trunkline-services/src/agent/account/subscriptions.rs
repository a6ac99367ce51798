//! Subscribing. Source: spec 21 §7.1, §7.2.

use trunkline_model::LogPosition;
use trunkline_wire::AgentId;
use trunkline_wire::agent::{ChangeKind, SubscriptionId, changes};
use uuid::Builder;

use super::registry::{Key, Subscription};
use super::{Account, Filter, RingFilter, SubscriptionRefusal};
use crate::agent::connection::ConnectionId;

impl Account {
    pub(super) fn subscribe_agents(
        &mut self,
        connection: ConnectionId,
        agent: Option<AgentId>,
    ) -> Result<SubscriptionId, SubscriptionRefusal> {
        let id = self.subscribe(connection, Subscription::Agents(agent))?;
        let states: Vec<_> = match agent {
            Some(agent) => vec![self.state_of(agent)],
            None => self.agents.keys().map(|agent| self.state_of(*agent)).collect(),
        };
        if let Some(socket) = self.connections.get(&connection) {
            let frame = changes(id, states.iter().map(|state| (ChangeKind::Upsert, state)));
            socket.outbox.notify(frame.into(), self.timer.now());
        }
        Ok(id)
    }

    pub(super) fn subscribe_rings(
        &mut self,
        connection: ConnectionId,
        subscription: Option<SubscriptionId>,
        filter: RingFilter,
    ) -> Result<SubscriptionId, SubscriptionRefusal> {
        let id = match subscription {
            None => self.subscribe(connection, Subscription::Rings(filter))?,
            Some(id) if self.subscriptions.change_rings((connection, id), filter) => id,
            Some(_) => return Err(SubscriptionRefusal::Unknown),
        };
        self.tell_waiting_rings((connection, id), &filter);
        Ok(id)
    }

    /// Answers with the places of the states that match, in the order of the log.
    pub(super) fn subscribe_conversations(
        &mut self,
        connection: ConnectionId,
        filter: Filter,
    ) -> Result<(SubscriptionId, Vec<LogPosition>), SubscriptionRefusal> {
        let matching = self.briefs.values().filter(|brief| filter.matches_brief(brief));
        let mut places: Vec<LogPosition> = matching.map(|brief| brief.state_at).collect();
        places.sort_unstable();
        let id = self.subscribe(connection, Subscription::Conversations(Box::new(filter)))?;
        Ok((id, places))
    }

    fn subscribe(
        &mut self,
        connection: ConnectionId,
        subscription: Subscription,
    ) -> Result<SubscriptionId, SubscriptionRefusal> {
        if !self.connections.contains_key(&connection) {
            return Err(SubscriptionRefusal::Unknown);
        }
        let id = SubscriptionId::from_uuid(Builder::from_random_bytes(self.parts.rng.bytes()).into_uuid());
        let key: Key = (connection, id);
        self.subscriptions.add(key, subscription)?;
        Ok(id)
    }
}
