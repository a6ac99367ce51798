//! Profiles. Source: spec 21 §7.7.

use trunkline_model::{PageRequest, conversation::Conversation};
use trunkline_storage::ConversationFilter;
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
    let me = ParticipantId::Agent(connection.caller.pid);
    let speaks = |state: &Conversation| state.participants.iter().any(|known| known.id == me);
    match with_consumer(connection, *consumer, speaks).await? {
        Some(_) => {}
        None if connection.caller.is_manager() => {}
        None => return Err(Refused::forbidden("the caller takes part in no conversation with the consumer")),
    }
    let profile = connection.parts.storage.consumer_profile(&connection.caller.account, *consumer).await?;
    Ok(Found::Consumer(ProfileView::of(profile.as_ref().map(|profile| &profile.profile))))
}

/// The newest conversation of a consumer that is wanted.
pub(super) async fn with_consumer(
    connection: &AgentConnection,
    consumer: ConsumerId,
    wanted: impl Fn(&Conversation) -> bool,
) -> Result<Option<Conversation>, Refused> {
    let filter = ConversationFilter { open: None, consumer: Some(consumer) };
    let mut page = PageRequest::first(PAGE);
    let mut newest: Option<Conversation> = None;
    loop {
        let found = connection.parts.storage.conversations(&connection.caller.account, filter, page).await?;
        for state in found.items.into_iter().filter(&wanted) {
            if newest.as_ref().is_none_or(|newest| newest.started_at < state.started_at) {
                newest = Some(state);
            }
        }
        match found.next {
            Some(after) => page = PageRequest { after: Some(after), limit: PAGE },
            None => return Ok(newest),
        }
    }
}
