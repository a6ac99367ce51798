//! Rings, and what else routing wants. Source: spec 21 §7.1, 22 §2.

use trunkline_model::conversation::{Actor, Command as ConversationCommand, Refusal};
use trunkline_model::routing::{self, Effect, RingNotice};
use trunkline_wire::agent::{
    ChangeKind, Rendered, Ring, RingAnswer, RingId, RingState, Rings, RoutingTask, SubscriptionId, changes,
};
use trunkline_wire::{AgentId, ConversationId, ParticipantId};

use super::subscriptions::{Connected, Subscription};
use super::{Account, RingFilter, RingRefusal};
use crate::agent::view;
use crate::conversations::NotDone;

impl RingFilter {
    fn lets_through(&self, notice: &RingNotice) -> bool {
        self.agent == notice.agent
            && self.skill.is_none_or(|skill| skill == notice.task.skill)
            && self.conversation.is_none_or(|conversation| conversation == notice.task.conversation)
    }
}

impl Account {
    /// Does what routing wants.
    pub(super) async fn apply(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Ring(notice) => self.tell_ring(&notice),
                Effect::SuggestionEnded { conversation, agent } => {
                    self.end_proposal(conversation, agent).await;
                }
            }
        }
    }

    async fn end_proposal(&mut self, conversation: ConversationId, agent: AgentId) {
        let command = ConversationCommand::EndSuggestion { agent };
        match self.parts.conversations.act(&self.id, Actor::System, conversation, command).await {
            // Closed or gone meanwhile: nothing is proposed any more.
            Ok(_) | Err(NotDone::Refused(_) | NotDone::Unknown) => {}
            Err(NotDone::Service(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(%conversation, error, "cannot take a proposal back: trying again");
                self.unended.push((conversation, agent));
            }
        }
    }

    /// Takes back what could not be taken back before.
    pub(super) async fn end_proposals(&mut self) {
        for (conversation, agent) in std::mem::take(&mut self.unended) {
            self.end_proposal(conversation, agent).await;
        }
    }

    fn tell_ring(&self, notice: &RingNotice) {
        let now = self.timer.now();
        for connected in self.connections.values() {
            for (id, subscription) in &connected.subscriptions {
                let Subscription::Rings(filter) = subscription else { continue };
                if !filter.lets_through(notice) {
                    continue;
                }
                let upsert = changes(*id, [(ChangeKind::Upsert, &self.task(notice, true))]);
                connected.socket.outbox.notify(upsert.into(), now);
                if matches!(
                    notice.ring.state,
                    RingState::Rejected | RingState::Expired | RingState::Cancelled
                ) {
                    let delete = changes(*id, [(ChangeKind::Delete, &self.task(notice, false))]);
                    connected.socket.outbox.notify(delete.into(), now);
                }
            }
        }
    }

    /// The rings that wait, for a new subscription.
    pub(super) fn tell_waiting_rings(&self, connected: &Connected, id: SubscriptionId, filter: &RingFilter) {
        let waiting = self.routing.snapshot_of(filter.agent);
        let tasks: Vec<Rendered<Rings>> = waiting
            .iter()
            .filter(|notice| filter.lets_through(notice))
            .map(|notice| self.task(notice, true))
            .collect();
        let frame = changes(id, tasks.iter().map(|task| (ChangeKind::Upsert, task)));
        connected.socket.outbox.notify(frame.into(), self.timer.now());
    }

    fn task(&self, notice: &RingNotice, with_ring: bool) -> Rendered<Rings> {
        let ring = &notice.ring;
        let rings = [Ring {
            id: ring.id.as_str(),
            state: ring.state,
            lasts: ring.expiration,
            expires_at: ring.expires_at,
            weight: ring.answer_due.unwrap_or(ring.expires_at),
        }];
        Rendered::<Rings>::of(&RoutingTask {
            id: None,
            is_completed: notice.task.is_completed,
            conversation: notice.task.conversation,
            consumer: notice.task.consumer,
            skill: notice.task.skill,
            agent: Some(view::identity(ParticipantId::Agent(notice.agent), &self.numbers)),
            account: &self.id,
            rings: if with_ring { &rings } else { &[] },
        })
    }

    /// An agent's answer. The ring's last word is the store's.
    pub(super) async fn answer_ring(
        &mut self,
        agent: AgentId,
        manager: bool,
        ring: &RingId,
        answer: RingAnswer,
    ) -> Result<(), RingRefusal> {
        // What happened to the conversation meanwhile may have ended the ring.
        self.follow_log().await;
        let now = self.timer.now();
        if answer == RingAnswer::Reject {
            let effects = self.routing.reject(ring, agent, now)?;
            self.apply(effects).await;
            return Ok(());
        }
        let conversation = self.routing.accept(ring, agent, now)?;
        let actor = Actor::Agent { id: agent, manager };
        let acted = self
            .parts
            .conversations
            .act(&self.id, actor, conversation, ConversationCommand::AcceptRing)
            .await;
        let now = self.timer.now();
        let (effects, outcome) = match acted {
            Ok(acted) => (self.routing.accepted(ring, acted.version, now), Ok(())),
            Err(NotDone::Refused(Refusal::Closed | Refusal::AlreadyAssigned | Refusal::RingLost)) => {
                (self.routing.accept_failed(ring, now), Err(RingRefusal::Lost))
            }
            Err(error) => (self.routing.accept_failed(ring, now), Err(RingRefusal::NotDone(error))),
        };
        self.apply(effects).await;
        outcome
    }
}

impl From<routing::RingRefusal> for RingRefusal {
    fn from(refusal: routing::RingRefusal) -> Self {
        match refusal {
            routing::RingRefusal::Unknown => Self::Unknown,
            routing::RingRefusal::NotYours => Self::Foreign,
            routing::RingRefusal::Lost => Self::Lost,
        }
    }
}
