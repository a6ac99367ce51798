//! `ms.MessagingEventNotification`: somebody published an event. Source: spec 06 §3.4 – §3.7.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::{Change, Participant};
use crate::conversations::Audience;
use crate::{ConversationId, DialogId, EpochMillis, JsonText};

/// A published event: text, file, structured content, receipt or typing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MessageChange<'a> {
    /// Its place among the events of its dialog; typing has none.
    pub numbered: Option<Numbered>,
    /// Who published it.
    pub originator: Participant,
    /// The event as it is relayed.
    pub event: &'a JsonText,
    /// The conversation.
    pub conversation: ConversationId,
    /// The dialog.
    pub dialog: DialogId,
    /// Who may read it; said of content only.
    pub audience: Option<Audience>,
    /// `metadata` of the request that published it: an array of objects.
    pub metadata: Option<&'a JsonText>,
}

/// What a stored event has and typing has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    /// Its number in the dialog, from 0.
    pub sequence: u64,
    /// When the server took it.
    pub server_timestamp: EpochMillis,
}

impl Change for MessageChange<'_> {
    const TYPE: &'static str = "ms.MessagingEventNotification";
}

impl Serialize for MessageChange<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_struct("MessageChange", 9)?;
        if let Some(numbered) = &self.numbered {
            members.serialize_field("sequence", &numbered.sequence)?;
        }
        members.serialize_field("originatorId", &self.originator.id)?;
        members.serialize_field("originatorMetadata", &self.originator)?;
        if let Some(numbered) = &self.numbered {
            members.serialize_field("serverTimestamp", &numbered.server_timestamp)?;
        }
        members.serialize_field("event", self.event)?;
        members.serialize_field("conversationId", &self.conversation)?;
        members.serialize_field("dialogId", &self.dialog)?;
        if let Some(audience) = &self.audience {
            members.serialize_field("messageAudience", audience)?;
        }
        if let Some(metadata) = self.metadata {
            members.serialize_field("metadata", metadata)?;
        }
        members.end()
    }
}
