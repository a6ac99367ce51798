//! Profiles. Source: spec 21 §7.7.

use trunkline_model::{PageRequest, conversation::Conversation};
use trunkline_storage::{ChronologyFilter, ChronologyOrder, ConversationFilter};
use trunkline_wire::agent::{ProfileView, UserRef};
use trunkline_wire::{ConsumerId, ParticipantId};

use super::Refused;
use crate::agent::connection::AgentConnection;

/// Conversations read at once.
const PAGE: usize = 100;

/// A profile.
pub(super) enum Found {
    Own,
    Consumer(ProfileView),
}

/// The profile of a consumer, for managers and for whoever takes part in a conversation with him; or the own one.
pub(super) async fn get(connection: &AgentConnection, whom: &UserRef) -> Result<Found, Refused> {
    let UserRef::Consumer(consumer) = whom else {
        let user = super::user(connection, whom).await?;
        return if user == connection.caller.pid {
            Ok(Found::Own)
        } else {
            Err(Refused::forbidden("the profiles of other users are not shown"))
        };
    };
    if !(connection.caller.is_manager() || speaks_with(connection, *consumer).await?) {
        return Err(Refused::forbidden("the caller takes part in no conversation with the consumer"));
    }
    let profile = connection.parts.storage.consumer_profile(&connection.caller.account, *consumer).await?;
    if profile.is_none() && last_with(connection, *consumer).await?.is_none() {
        return Err(Refused::not_found("consumer"));
    }
    Ok(Found::Consumer(ProfileView::of(profile.as_ref().map(|profile| &profile.profile))))
}

/// Whether the caller takes part in a conversation with a consumer, a closed one included. Who asks is mostly in the open one.
async fn speaks_with(connection: &AgentConnection, consumer: ConsumerId) -> Result<bool, Refused> {
    let me = ParticipantId::Agent(connection.caller.pid);
    let storage = &connection.parts.storage;
    for open in [true, false] {
        let filter = ConversationFilter { open: Some(open), consumer: Some(consumer) };
        let mut page = PageRequest::first(PAGE);
        loop {
            let found = storage.conversations(&connection.caller.account, filter, page).await?;
            if found.items.iter().any(|state| state.participants.iter().any(|known| known.id == me)) {
                return Ok(true);
            }
            match found.next {
                Some(after) => page = PageRequest { after: Some(after), limit: PAGE },
                None => break,
            }
        }
    }
    Ok(false)
}

/// The conversation of a consumer that was started last.
pub(super) async fn last_with(
    connection: &AgentConnection,
    consumer: ConsumerId,
) -> Result<Option<Conversation>, Refused> {
    let (storage, account) = (&connection.parts.storage, &connection.caller.account);
    let filter = ChronologyFilter { consumer: Some(consumer), ..ChronologyFilter::default() };
    let mut page = PageRequest::first(1);
    loop {
        let order = ChronologyOrder::NewestFirst;
        let found = storage.conversations_by_start(account, filter, order, page).await?;
        if let Some(last) = found.items.first() {
            return Ok(storage.conversation(account, last.id).await?);
        }
        match found.next {
            Some(after) => page = PageRequest { after: Some(after), limit: 1 },
            None => return Ok(None),
        }
    }
}
