//! Conversations of users who may not sign in any more go back to their queues: nobody else would answer them.

use trunkline_model::conversation::{Actor, Command as ConversationCommand, FieldChange, Membership};
use trunkline_wire::conversations::ParticipantRole;
use trunkline_wire::{AgentId, ConversationId, DialogId};

use super::Account;
use super::jobs::Job;
use crate::conversations::{Acted, NotDone};

/// A conversation to be taken from an agent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Return {
    conversation: ConversationId,
    agent: AgentId,
}

impl Account {
    /// Takes everything from an agent that he answers.
    pub(super) fn give_back_all_of(&mut self, agent: AgentId) {
        let assignments = self.routing.assignments().filter(|(_, assigned)| *assigned == agent);
        let returns: Vec<Return> =
            assignments.map(|(conversation, agent)| Return { conversation, agent }).collect();
        for back in returns {
            self.give_back(back);
        }
    }

    fn give_back(&mut self, back: Return) {
        let Return { conversation, agent } = back;
        let dialog = Some(DialogId::Main(conversation));
        let leave = FieldChange::Leave(Membership { agent, role: ParticipantRole::AssignedAgent, dialog });
        let command = ConversationCommand::Update { changes: vec![leave], metadata: None, survey: None };
        self.act(Job::GiveBack(back), conversation, Actor::System, command);
    }

    pub(super) fn given_back(&mut self, back: Return, acted: Result<Acted, NotDone>) {
        match acted {
            // Whoever left or closed it meanwhile has done the same.
            Ok(_) | Err(NotDone::Refused(_) | NotDone::Unknown) => {}
            Err(NotDone::Service(error)) => {
                let conversation = back.conversation;
                let error = &error as &dyn std::error::Error;
                tracing::error!(%conversation, error, "cannot take a conversation from a disabled user: trying again");
                self.unreturned.push(back);
            }
        }
    }

    /// Gives back what could not be given back before.
    pub(super) fn give_back_again(&mut self) {
        for back in std::mem::take(&mut self.unreturned) {
            self.give_back(back);
        }
    }
}
