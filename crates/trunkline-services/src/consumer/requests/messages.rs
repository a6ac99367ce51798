//! Events of dialogs. Source: spec 24 §3.5, §3.6.

use trunkline_model::PageRequest;
use trunkline_model::conversation::{Actor, Command, Publish};
use trunkline_storage::ConversationFilter;
use trunkline_wire::agent::{PublishEvent, Reference, SubscribeMessagingEvents};
use trunkline_wire::conversations::Audience;
use trunkline_wire::{ConversationId, DialogId, JsonText, ParticipantId};

use super::{History, Refused};
use crate::auth::ActsForConsumer as _;
use crate::consumer::connection::{ConsumerConnection, Member};

/// Conversations read at once.
const PAGE: usize = 100;

/// Publishes an event and returns its number; typing has none and yields 0.
pub(super) async fn publish(
    connection: &ConsumerConnection,
    member: &Member,
    publish: PublishEvent,
    metadata: Option<JsonText>,
    encoded_metadata: Option<Box<str>>,
) -> Result<u64, Refused> {
    let dialog = publish.dialog.id().ok_or_else(|| Refused::not_found("dialog"))?;
    let named = named(publish.conversation)?;
    let conversation = conversation_of(connection, member, dialog, named).await?;
    let command = Command::Publish(Publish {
        dialog,
        conversation: named,
        event: publish.event,
        metadata,
        encoded_metadata,
        // What a consumer says everybody may read.
        audience: Audience::All,
    });
    let actor = Actor::Consumer(ParticipantId::Consumer(member.consumer.consumer()));
    let features = connection.properties().features;
    let conversations = &connection.parts().conversations;
    let acted = conversations.act_for(connection.account(), actor, conversation, command, &features).await?;
    Ok(acted.sequence.unwrap_or(0))
}

/// Subscribes to a dialog of the consumer; its events follow the answer.
pub(super) async fn subscribe(
    connection: &ConsumerConnection,
    member: &Member,
    wanted: SubscribeMessagingEvents,
) -> Result<History, Refused> {
    let dialog = wanted.dialog.id().ok_or_else(|| Refused::not_found("dialog"))?;
    let conversation = conversation_of(connection, member, dialog, named(wanted.conversation)?).await?;
    let state = connection.parts().storage.conversation(connection.account(), conversation).await?;
    let state = state.filter(|state| state.consumer == member.consumer.consumer());
    if state.is_none_or(|state| state.dialog(dialog).is_none()) {
        return Err(Refused::not_found("dialog"));
    }
    let history = History::new(conversation, dialog, wanted.from);
    match history.follow(member).await {
        None => Err(Refused::unavailable()),
        Some(false) => Err(Refused::too_many("the socket has too many subscriptions")),
        Some(true) => Ok(history),
    }
}

fn named(conversation: Option<Reference<ConversationId>>) -> Result<Option<ConversationId>, Refused> {
    let id = |named: Reference<ConversationId>| named.id().ok_or_else(|| Refused::not_found("conversation"));
    conversation.map(id).transpose()
}

/// The conversation of a dialog. A survey is looked for among the consumer's conversations, the open one first.
async fn conversation_of(
    connection: &ConsumerConnection,
    member: &Member,
    dialog: DialogId,
    named: Option<ConversationId>,
) -> Result<ConversationId, Refused> {
    match (dialog, named) {
        (DialogId::Main(conversation), _) | (DialogId::Further(_), Some(conversation)) => {
            return Ok(conversation);
        }
        (DialogId::Further(_), None) => {}
    }
    let storage = &connection.parts().storage;
    for open in [true, false] {
        let filter = ConversationFilter { open: Some(open), consumer: Some(member.consumer.consumer()) };
        let mut page = PageRequest::first(PAGE);
        loop {
            let found = storage.conversations(connection.account(), filter, page).await?;
            if let Some(state) = found.items.iter().find(|state| state.dialog(dialog).is_some()) {
                return Ok(state.id);
            }
            match found.next {
                Some(after) => page = PageRequest { after: Some(after), limit: PAGE },
                None => break,
            }
        }
    }
    Err(Refused::not_found("dialog"))
}
