//! The subscriptions of an account, found by what they are about.
//!
//! A conversation concerns the subscriptions about its agents, about its consumer, and about all conversations; nobody else
//! is looked at. Whether it matched before is not remembered but asked again of what was known of it before: what a filter
//! says depends on nothing else.

use std::collections::{BTreeSet, HashMap};

use trunkline_model::routing::RingNotice;
use trunkline_wire::agent::{ChangeKind, SubscriptionId};
use trunkline_wire::{AgentId, ConsumerId};

use super::brief::Brief;
use super::{Filter, RingFilter, SubscriptionRefusal};
use crate::agent::connection::ConnectionId;

/// The most subscriptions of a socket; bots have two or three.
const MOST: usize = 32;

/// A subscription of a socket.
pub(super) type Key = (ConnectionId, SubscriptionId);

/// A subscription.
#[derive(Debug)]
pub(super) enum Subscription {
    /// States of agents; `None` for all of them.
    Agents(Option<AgentId>),
    /// Rings.
    Rings(RingFilter),
    /// Conversations.
    Conversations(Box<Filter>),
}

/// What a subscription is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum About {
    StateOf(AgentId),
    AllStates,
    RingsOf(AgentId),
    ConversationsOf(AgentId),
    ConversationsWith(ConsumerId),
    AllConversations,
    /// Whatever changes with the time by which an answer is due.
    Deadlines,
}

impl Subscription {
    fn about(&self) -> Vec<About> {
        let filter = match self {
            Self::Agents(None) => return vec![About::AllStates],
            Self::Agents(Some(agent)) => return vec![About::StateOf(*agent)],
            Self::Rings(filter) => return vec![About::RingsOf(filter.agent)],
            Self::Conversations(filter) => filter,
        };
        let mut about: Vec<About> = match (&filter.agents, filter.consumer) {
            (Some(agents), _) => agents.iter().copied().map(About::ConversationsOf).collect(),
            (None, Some(consumer)) => vec![About::ConversationsWith(consumer)],
            (None, None) => vec![About::AllConversations],
        };
        about.extend(filter.due_to.map(|_| About::Deadlines));
        about
    }
}

/// The subscriptions.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    of: HashMap<ConnectionId, Vec<(SubscriptionId, Subscription)>>,
    index: HashMap<About, BTreeSet<Key>>,
}

impl Subscriptions {
    pub(super) fn add(
        &mut self,
        (connection, id): Key,
        subscription: Subscription,
    ) -> Result<(), SubscriptionRefusal> {
        let known = self.of.entry(connection).or_default();
        if known.len() >= MOST {
            return Err(SubscriptionRefusal::TooMany);
        }
        for about in subscription.about() {
            self.index.entry(about).or_default().insert((connection, id));
        }
        known.push((id, subscription));
        Ok(())
    }

    /// False when there is no such subscription.
    pub(super) fn remove(&mut self, (connection, id): Key) -> bool {
        let Some(known) = self.of.get_mut(&connection) else { return false };
        let Some(at) = known.iter().position(|(known, _)| *known == id) else { return false };
        let (_, subscription) = known.swap_remove(at);
        if known.is_empty() {
            self.of.remove(&connection);
        }
        self.unindex((connection, id), &subscription);
        true
    }

    pub(super) fn remove_all(&mut self, connection: ConnectionId) {
        for (id, subscription) in self.of.remove(&connection).unwrap_or_default() {
            self.unindex((connection, id), &subscription);
        }
    }

    fn unindex(&mut self, key: Key, subscription: &Subscription) {
        for about in subscription.about() {
            if let Some(keys) = self.index.get_mut(&about) {
                keys.remove(&key);
                if keys.is_empty() {
                    self.index.remove(&about);
                }
            }
        }
    }

    /// Has a subscription to rings be about others; false when it is none.
    pub(super) fn change_rings(&mut self, key: Key, filter: RingFilter) -> bool {
        if !matches!(self.get(key), Some(Subscription::Rings(_))) {
            return false;
        }
        self.remove(key);
        self.add(key, Subscription::Rings(filter)).is_ok()
    }

    pub(super) fn get(&self, (connection, id): Key) -> Option<&Subscription> {
        self.of.get(&connection)?.iter().find(|(known, _)| *known == id).map(|(_, subscription)| subscription)
    }

    /// The filter of a subscription to conversations.
    pub(super) fn filter(&self, key: Key) -> Option<&Filter> {
        match self.get(key)? {
            Subscription::Conversations(filter) => Some(filter),
            Subscription::Agents(_) | Subscription::Rings(_) => None,
        }
    }

    /// Who wants to hear of an agent's state.
    pub(super) fn of_state(&self, agent: AgentId) -> impl Iterator<Item = Key> + '_ {
        self.about(About::StateOf(agent)).chain(self.about(About::AllStates))
    }

    /// Who wants to hear of a ring.
    pub(super) fn of_ring(&self, notice: &RingNotice) -> impl Iterator<Item = Key> {
        self.about(About::RingsOf(notice.agent)).filter(move |key| {
            matches!(self.get(*key), Some(Subscription::Rings(filter)) if filter.lets_through(notice))
        })
    }

    /// Who wants to hear of a conversation that was `before` and is `after`, and of what kind the change is for them.
    pub(super) fn of_change(&self, before: Option<&Brief>, after: &Brief) -> Vec<(Key, ChangeKind)> {
        let mut keys = self.concerned(after);
        if let Some(before) = before {
            let left = before.agents().iter().filter(|agent| !after.agents().contains(agent));
            keys.extend(left.flat_map(|agent| self.about(About::ConversationsOf(*agent))));
        }
        once_each(keys)
            .into_iter()
            .filter_map(|key| {
                let filter = self.filter(key)?;
                if filter.matches_brief(after) {
                    Some((key, ChangeKind::Upsert))
                } else {
                    before
                        .is_some_and(|before| filter.matches_brief(before))
                        .then_some((key, ChangeKind::Delete))
                }
            })
            .collect()
    }

    /// Whom a conversation matches.
    pub(super) fn matching(&self, brief: &Brief) -> Vec<Key> {
        let mut keys = once_each(self.concerned(brief));
        keys.retain(|key| self.filter(*key).is_some_and(|filter| filter.matches_brief(brief)));
        keys
    }

    /// Whom a conversation matches, among those for whom that depends on when an answer is due.
    pub(super) fn matching_by_deadline(&self, brief: &Brief) -> BTreeSet<Key> {
        let matches = |key: &Key| self.filter(*key).is_some_and(|filter| filter.matches_brief(brief));
        self.about(About::Deadlines).filter(matches).collect()
    }

    /// Whom a conversation may match, some twice.
    fn concerned(&self, brief: &Brief) -> Vec<Key> {
        let agents = brief.agents().iter().flat_map(|agent| self.about(About::ConversationsOf(*agent)));
        let consumer = self.about(About::ConversationsWith(brief.consumer));
        agents.chain(consumer).chain(self.about(About::AllConversations)).collect()
    }

    fn about(&self, about: About) -> impl Iterator<Item = Key> + '_ {
        self.index.get(&about).into_iter().flatten().copied()
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty() && self.index.is_empty()
    }
}

fn once_each(mut keys: Vec<Key>) -> Vec<Key> {
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests;
