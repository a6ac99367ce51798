//! Rings, and what else routing wants. Source: spec 21 §7.1, 22 §2.

use tokio::sync::oneshot;
use trunkline_model::conversation::{Actor, Command as ConversationCommand, Refusal};
use trunkline_model::routing::{self, Effect, RingNotice};
use trunkline_wire::agent::{
    ChangeFrame, ChangeKind, Rendered, Ring, RingAnswer, RingId, RingState, Rings, RoutingTask, changes,
};
use trunkline_wire::{AgentId, ConversationId, EpochMillis, ParticipantId};

use super::jobs::Job;
use super::registry::Key;
use super::{Account, RingFilter, RingRefusal};
use crate::agent::view;
use crate::conversations::{Acted, NotDone};

/// A proposal that routing has given up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proposal {
    conversation: ConversationId,
    agent: AgentId,
    /// The last change of the conversation that routing had seen by then.
    until: EpochMillis,
}

impl RingFilter {
    pub(super) fn lets_through(&self, notice: &RingNotice) -> bool {
        self.agent == notice.agent
            && self.skill.is_none_or(|skill| skill == notice.task.skill)
            && self.conversation.is_none_or(|conversation| conversation == notice.task.conversation)
    }
}

impl Account {
    /// Does what routing wants.
    pub(super) fn apply(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Ring(notice) => self.tell_ring(&notice),
                Effect::SuggestionEnded { conversation, agent } => {
                    // Without a brief it is closed, and nothing is proposed any more.
                    if let Some(brief) = self.briefs.get(&conversation) {
                        let until = brief.updated_at;
                        self.end_proposal(Proposal { conversation, agent, until });
                    }
                }
            }
        }
    }

    fn end_proposal(&mut self, proposal: Proposal) {
        let Proposal { conversation, agent, until } = proposal;
        let command = ConversationCommand::EndSuggestion { agent, until };
        self.act(Job::EndProposal(proposal), conversation, Actor::System, command);
    }

    pub(super) fn proposal_ended(&mut self, proposal: Proposal, acted: Result<Acted, NotDone>) {
        match acted {
            // Closed or gone meanwhile: nothing is proposed any more.
            Ok(_) | Err(NotDone::Refused(_) | NotDone::Unknown) => {}
            Err(NotDone::Service(error)) => {
                let error = &error as &dyn std::error::Error;
                let conversation = proposal.conversation;
                tracing::error!(%conversation, error, "cannot take a proposal back: trying again");
                self.unended.push(proposal);
            }
        }
    }

    /// Takes back what could not be taken back before.
    pub(super) fn end_proposals(&mut self) {
        for proposal in std::mem::take(&mut self.unended) {
            self.end_proposal(proposal);
        }
    }

    fn tell_ring(&self, notice: &RingNotice) {
        let keys: Vec<Key> = self.subscriptions.of_ring(notice).collect();
        if keys.is_empty() {
            return;
        }
        // Routing knows open conversations only, and so do the briefs.
        let Some(task) = self.task(notice, true) else { return };
        let mut upsert = ChangeFrame::of(ChangeKind::Upsert, &task);
        self.tell_all(&mut upsert, keys.iter().copied());
        if matches!(notice.ring.state, RingState::Rejected | RingState::Expired | RingState::Cancelled)
            && let Some(task) = self.task(notice, false)
        {
            let mut delete = ChangeFrame::of(ChangeKind::Delete, &task);
            self.tell_all(&mut delete, keys);
        }
    }

    /// The rings that wait, for a new subscription.
    pub(super) fn tell_waiting_rings(&self, (connection, id): Key, filter: &RingFilter) {
        let Some(socket) = self.connections.get(&connection) else { return };
        let waiting = self.routing.snapshot_of(filter.agent);
        let tasks: Vec<Rendered<Rings>> = waiting
            .iter()
            .filter(|notice| filter.lets_through(notice))
            .filter_map(|notice| self.task(notice, true))
            .collect();
        let frame = changes(id, tasks.iter().map(|task| (ChangeKind::Upsert, task)));
        socket.outbox.notify(frame.into(), self.timer.now());
    }

    fn task(&self, notice: &RingNotice, with_ring: bool) -> Option<Rendered<Rings>> {
        let consumer = self.briefs.get(&notice.task.conversation)?.consumer;
        let ring = &notice.ring;
        let rings = [Ring {
            id: ring.id.as_str(),
            state: ring.state,
            lasts: ring.expiration,
            expires_at: ring.expires_at,
            weight: ring.answer_due.unwrap_or(ring.expires_at),
        }];
        Some(Rendered::<Rings>::of(&RoutingTask {
            id: None,
            is_completed: notice.task.is_completed,
            conversation: notice.task.conversation,
            consumer,
            skill: notice.task.skill,
            agent: Some(view::identity(ParticipantId::Agent(notice.agent), &self.numbers)),
            account: &self.id,
            rings: if with_ring { &rings } else { &[] },
        }))
    }

    /// An agent's answer. The ring's last word is the store's, which is asked beside the task: the ring is reserved until
    /// then.
    pub(super) async fn answer_ring(
        &mut self,
        agent: AgentId,
        manager: bool,
        ring: RingId,
        answer: RingAnswer,
        reply: oneshot::Sender<Result<(), RingRefusal>>,
    ) {
        // What happened to the conversation meanwhile may have ended the ring.
        self.follow_log().await;
        let now = self.timer.now();
        let refused = match answer {
            RingAnswer::Reject => match self.routing.reject(&ring, agent, now) {
                Ok(effects) => {
                    self.apply(effects);
                    Ok(())
                }
                Err(refusal) => Err(refusal.into()),
            },
            RingAnswer::Accept => match self.routing.accept(&ring, agent, now) {
                Ok(conversation) => {
                    let actor = Actor::Agent { id: agent, manager };
                    let command = ConversationCommand::AcceptRing;
                    self.act(Job::Accept { ring, reply }, conversation, actor, command);
                    return;
                }
                Err(refusal) => Err(refusal.into()),
            },
        };
        // Whoever asked may be gone; what was done stands.
        let _ = reply.send(refused);
    }

    /// What the store said to an agent who takes a ring. The log may have told it before.
    pub(super) fn accepted(
        &mut self,
        ring: &RingId,
        acted: Result<Acted, NotDone>,
    ) -> Result<(), RingRefusal> {
        let now = self.timer.now();
        let (effects, outcome) = match acted {
            Ok(acted) => (self.routing.accepted(ring, acted.version, now), Ok(())),
            Err(NotDone::Refused(Refusal::Closed | Refusal::AlreadyAssigned | Refusal::RingLost)) => {
                (self.routing.accept_failed(ring, now), Err(RingRefusal::Lost))
            }
            Err(error) => (self.routing.accept_failed(ring, now), Err(RingRefusal::NotDone(error))),
        };
        self.apply(effects);
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
