//! What an account has done beside its task: writes, and reading states. The outcomes come back one by one; whatever happens
//! to a job, one comes.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinSet};
use trunkline_model::LogPosition;
use trunkline_model::conversation::{Actor, Command, Conversation};
use trunkline_wire::ConversationId;
use trunkline_wire::agent::RingId;

use super::returns::Return;
use super::rings::Proposal;
use super::{Account, RingRefusal};
use crate::Error;
use crate::conversations::{Acted, NotDone};

/// What a job is for.
#[derive(Debug)]
pub(super) enum Job {
    /// An agent takes a ring, which is reserved.
    Accept { ring: RingId, reply: oneshot::Sender<Result<(), RingRefusal>> },
    /// A proposal is taken back.
    EndProposal(Proposal),
    /// A conversation is taken from a disabled user.
    GiveBack(Return),
    /// States of conversations that are told of.
    Announce(Vec<ConversationId>),
}

#[derive(Debug)]
pub(super) enum Outcome {
    Acted(Result<Acted, NotDone>),
    Read(Result<Vec<Conversation>, Error>),
}

/// The jobs under way: one per reserved ring, ended proposal and conversation of a disabled user at most, and one that
/// reads.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    running: JoinSet<Outcome>,
    jobs: HashMap<Id, Job>,
}

/// How a job ended; the job that did not end by itself is named.
pub(super) type Ended = Result<(Id, Outcome), JoinError>;

impl Jobs {
    /// Waits for the next outcome; `None` when nothing is under way.
    pub(super) async fn next(&mut self) -> Option<Ended> {
        self.running.join_next_with_id().await
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    fn start(&mut self, job: Job, work: impl Future<Output = Outcome> + Send + 'static) {
        let id = self.running.spawn(work).id();
        self.jobs.insert(id, job);
    }
}

impl Account {
    /// Gives a command to a conversation.
    pub(super) fn act(&mut self, job: Job, conversation: ConversationId, actor: Actor, command: Command) {
        let (parts, account) = (Arc::clone(&self.parts), self.id.clone());
        self.jobs.start(job, async move {
            Outcome::Acted(parts.conversations.act(&account, actor, conversation, command).await)
        });
    }

    /// Reads states.
    pub(super) fn start(&mut self, job: Job, places: Vec<LogPosition>) {
        let (parts, account) = (Arc::clone(&self.parts), self.id.clone());
        self.jobs.start(job, async move {
            Outcome::Read(parts.storage.states_at(&account, places).await.map_err(Error::from))
        });
    }

    /// Goes on with what a job was for.
    pub(super) async fn ended(&mut self, ended: Ended) {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, Some(outcome)),
            Err(error) => {
                let id = error.id();
                tracing::error!(account = %self.id, error = &error as &dyn std::error::Error, "a job was lost");
                (id, None)
            }
        };
        match (self.jobs.jobs.remove(&id), outcome) {
            (None, _) => {}
            (Some(Job::Accept { ring, reply }), outcome) => {
                let answer = self.accepted(&ring, acted(outcome));
                // Whoever asked may be gone; what was done stands.
                let _ = reply.send(answer);
            }
            (Some(Job::EndProposal(proposal)), outcome) => self.proposal_ended(proposal, acted(outcome)),
            (Some(Job::GiveBack(back)), outcome) => self.given_back(back, acted(outcome)),
            (Some(Job::Announce(conversations)), outcome) => {
                let read = match outcome {
                    Some(Outcome::Read(read)) => read,
                    _ => Err(Error::Overloaded),
                };
                self.announce(conversations, read).await;
            }
        }
    }
}

fn acted(outcome: Option<Outcome>) -> Result<Acted, NotDone> {
    match outcome {
        Some(Outcome::Acted(acted)) => acted,
        // Nobody knows what became of it; the log will tell.
        _ => Err(NotDone::Service(Error::Overloaded)),
    }
}
