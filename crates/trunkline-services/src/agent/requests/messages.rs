//! Publishing. Source: spec 21 §7.3.

use trunkline_model::conversation::{Command, Publish};
use trunkline_wire::JsonText;
use trunkline_wire::agent::PublishEvent;

use super::Refused;
use crate::agent::connection::AgentConnection;

/// Publishes an event and returns its number; typing has none and yields 0.
pub(super) async fn publish(
    connection: &AgentConnection,
    publish: PublishEvent,
    metadata: Option<JsonText>,
    encoded_metadata: Option<Box<str>>,
) -> Result<u64, Refused> {
    let dialog = publish.dialog.id().ok_or_else(|| Refused::not_found("dialog"))?;
    let named = match publish.conversation {
        Some(conversation) => Some(conversation.id().ok_or_else(|| Refused::not_found("conversation"))?),
        None => None,
    };
    let conversation = dialog.conversation();
    let command = Command::Publish(Publish {
        dialog,
        conversation: named,
        event: publish.event,
        metadata,
        encoded_metadata,
        audience: publish.audience,
    });
    let caller = &connection.caller;
    let acted =
        connection.parts.conversations.act(&caller.account, caller.actor(), conversation, command).await?;
    Ok(acted.sequence.unwrap_or(0))
}
