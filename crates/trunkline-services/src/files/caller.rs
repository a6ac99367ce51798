//! Who asks for URLs.

use trunkline_wire::{AccountId, AgentId, ConsumerId, ParticipantId};

use crate::auth::ActsForConsumer;

/// Somebody who may share files: a consumer, through a connector or an own socket, or a user of the account. Made from
/// the proof of who it is.
#[derive(Debug, Clone)]
pub struct FileCaller {
    pub(super) account: AccountId,
    pub(super) who: ParticipantId,
    /// Sees all conversations of the account.
    pub(super) is_manager: bool,
}

impl FileCaller {
    /// A consumer whose identity was proved.
    fn consumer(account: AccountId, consumer: ConsumerId) -> Self {
        Self { account, who: ParticipantId::Consumer(consumer), is_manager: false }
    }

    /// A signed-in user.
    pub(crate) fn agent(account: AccountId, agent: AgentId, is_manager: bool) -> Self {
        Self { account, who: ParticipantId::Agent(agent), is_manager }
    }
}

impl<C: ActsForConsumer> From<&C> for FileCaller {
    fn from(caller: &C) -> Self {
        Self::consumer(caller.account().clone(), caller.consumer())
    }
}
