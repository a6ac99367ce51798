//! Erasing what a conversation holds.

use trunkline_model::conversation::{Actor, Command, FieldChange, Refusal};
use trunkline_storage as storage;
use trunkline_wire::{AccountId, ConversationId, EpochMillis};

use super::slots::Slot;
use super::{Conversations, MAX_DECISIONS, NotDone};
use crate::Error;

/// Entries replaced at once: others' commits find their place between.
const PAGE: usize = 64;

impl Conversations {
    /// Closes a conversation as a whole in the name of the platform; no survey follows. One that is closed or unknown is no
    /// error.
    pub(crate) async fn close_for_platform(
        &self,
        account: &AccountId,
        id: ConversationId,
    ) -> Result<(), Error> {
        let command =
            Command::Update { changes: vec![FieldChange::CloseConversation], metadata: None, survey: None };
        match self.act(account, Actor::System, id, command).await {
            Ok(_) | Err(NotDone::Unknown | NotDone::Refused(Refusal::Closed)) => Ok(()),
            Err(NotDone::Refused(refusal)) => {
                Err(Error::Invalid(format!("conversation {id} cannot be closed: {refusal}")))
            }
            Err(NotDone::Service(error)) => Err(error),
        }
    }

    /// Puts tombstones in the places of the entries of a closed conversation, and returns how many were replaced: none of one
    /// that is open, unknown or was erased before. What is interrupted begins anew with the next call.
    pub(crate) async fn erase(
        &self,
        account: &AccountId,
        id: ConversationId,
        at: EpochMillis,
    ) -> Result<u64, Error> {
        let slot = self.slots.get_or_load(id, || self.load(account, id)).await?;
        let Some(slot) = slot else { return Ok(0) };
        let erased = self.erase_in(slot, account, id, at).await;
        // If the slot was pushed out meanwhile, there may be another one with what was there before.
        self.slots.remove(id);
        erased
    }

    async fn erase_in(
        &self,
        slot: Slot,
        account: &AccountId,
        id: ConversationId,
        at: EpochMillis,
    ) -> Result<u64, Error> {
        // Whoever wants to do something to the conversation waits, and then reads what is left of it.
        let mut slot = slot.lock_owned().await;
        *slot = None;
        for _ in 0..MAX_DECISIONS {
            let state = self.load(account, id).await?;
            let Some(state) = state.filter(|state| !state.is_open() && state.erased_at.is_none()) else {
                return Ok(0);
            };
            match self.replace(account, id, at).await {
                Ok(()) => return Ok(state.version),
                // Somebody who was not in this slot, because it had been pushed out, was first.
                Err(storage::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Overloaded)
    }

    async fn replace(
        &self,
        account: &AccountId,
        id: ConversationId,
        at: EpochMillis,
    ) -> Result<(), storage::Error> {
        let mut after = 0;
        loop {
            let entries = self.storage.conversation_tail(account, id, after, PAGE).await?;
            let Some(last) = entries.last() else { break };
            after = last.entry.version;
            self.storage.replace_entries(entries.iter().map(|entry| entry.erased(at)).collect()).await?;
        }
        // The last entry may not have been the last any more when it was replaced.
        let is_erased = self.load(account, id).await?.is_some_and(|state| state.erased_at.is_some());
        if is_erased { Ok(()) } else { Err(storage::Error::Conflict) }
    }
}
