//! The consumer's conversations. Source: spec 24 §3.4.

use trunkline_model::PageRequest;
use trunkline_model::conversation::Conversation;
use trunkline_storage::ConversationFilter as Stored;
use trunkline_wire::agent::{ConversationFilter, SNAPSHOT_BATCH, SubscriptionId};

use super::Refused;
use crate::Error;
use crate::auth::ActsForConsumer as _;
use crate::consumer::account::Command;
use crate::consumer::connection::{ConsumerConnection, Member};
use crate::consumer::filter::Filter;

/// Subscribes; what matches already follows the answer at the reader's pace.
pub(super) async fn subscribe(
    connection: &ConsumerConnection,
    member: &Member,
    wanted: &ConversationFilter,
) -> Result<(SubscriptionId, Snapshot), Refused> {
    if wanted.brand.as_deref().is_some_and(|brand| brand != connection.account().as_str()) {
        return Err(Refused::bad("brandId must be the account"));
    }
    let (socket, filter) = (member.id(), Filter::of(wanted));
    let subscribed = member.ask(|reply| Command::SubscribeConversations { socket, filter, reply }).await;
    let subscription = subscribed
        .ok_or_else(Refused::unavailable)?
        .ok_or_else(|| Refused::too_many("the socket has too many subscriptions"))?;
    Ok((subscription, Snapshot { subscription, filter, is_begun: false }))
}

pub(super) async fn unsubscribe(
    member: &Member,
    subscription: Option<SubscriptionId>,
) -> Result<(), Refused> {
    let subscription = subscription.ok_or_else(|| Refused::not_found("subscription"))?;
    let socket = member.id();
    let removed = member.ask(|reply| Command::Unsubscribe { socket, subscription, reply }).await;
    if removed.ok_or_else(Refused::unavailable)? { Ok(()) } else { Err(Refused::not_found("subscription")) }
}

/// What matches when somebody subscribes.
pub(in crate::consumer) struct Snapshot {
    subscription: SubscriptionId,
    filter: Filter,
    is_begun: bool,
}

impl Snapshot {
    /// Sends it, the open conversation first. Nothing at all is said by an empty notification.
    pub(super) async fn send(
        mut self,
        connection: &ConsumerConnection,
        member: &Member,
    ) -> Result<(), Error> {
        for open in [true, false] {
            if !open && !self.filter.wants_closed() {
                continue;
            }
            let filter = Stored { open: Some(open), consumer: Some(member.consumer.consumer()) };
            let mut page = PageRequest::first(SNAPSHOT_BATCH);
            loop {
                let found =
                    connection.parts().storage.conversations(connection.account(), filter, page).await?;
                let mut states = found.items;
                states.retain(|state| self.filter.matches(state));
                if !states.is_empty() && !self.tell(connection, member, states).await {
                    return Ok(());
                }
                match found.next {
                    Some(after) => page = PageRequest { after: Some(after), limit: SNAPSHOT_BATCH },
                    None => break,
                }
            }
        }
        if !self.is_begun {
            self.tell(connection, member, Vec::new()).await;
        }
        Ok(())
    }

    /// Has the account tell a batch: it knows what happened since the batch was read. False when nobody wants it any more.
    async fn tell(
        &mut self,
        connection: &ConsumerConnection,
        member: &Member,
        states: Vec<Conversation>,
    ) -> bool {
        self.is_begun = true;
        if !connection.outbox().has_room().await {
            return false;
        }
        let (socket, subscription) = (member.id(), self.subscription);
        member.ask(|reply| Command::Snapshot { socket, subscription, states, reply }).await == Some(true)
    }
}
