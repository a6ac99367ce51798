//! An event as agents get it: flat. Source: spec 22 §4.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::ShownClientProperties;
use crate::agent::Identity;
use crate::conversations::{Audience, ParticipantRole};
use crate::webhooks::Numbered;
use crate::{AccountId, ConversationId, DialogId, JsonText, ParticipantId};

/// A published event: body of `OnlineEventDistribution`, element of the answer to `QueryMessages`, and
/// `lastContentEventNotification` of a conversation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlatEvent<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// Its place among the events of its dialog; typing has none.
    pub numbered: Option<Numbered>,
    /// Who published it.
    pub originator: Identity,
    /// As what: the role in that dialog.
    pub role: ParticipantRole,
    /// What the publisher's client says about itself.
    pub client_properties: Option<&'a ShownClientProperties>,
    /// The event as it is relayed.
    pub event: &'a JsonText,
    /// The conversation.
    pub conversation: ConversationId,
    /// The dialog.
    pub dialog: DialogId,
    /// `metadata` of the request that published it: an array of objects.
    pub metadata: Option<&'a JsonText>,
    /// `encodedMetadata` of that request: opaque.
    pub encoded_metadata: Option<&'a str>,
    /// Who may read it.
    pub audience: Option<Audience>,
}

impl Serialize for FlatEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Originator<'a> {
            id: ParticipantId,
            role: ParticipantRole,
            #[serde(rename = "clientProperties", skip_serializing_if = "Option::is_none")]
            client_properties: Option<&'a ShownClientProperties>,
        }

        let pid = self.originator.pid();
        let mut members = serializer.serialize_struct("FlatEvent", 12)?;
        if let Some(numbered) = &self.numbered {
            members.serialize_field("sequence", &numbered.sequence)?;
        }
        if let Some(properties) = self.client_properties {
            members.serialize_field("originatorClientProperties", properties)?;
        }
        members.serialize_field("originatorId", &self.originator.aid(self.account))?;
        // Never left out: the SDK puts it in the place of `originatorId`.
        members.serialize_field("originatorPId", &pid)?;
        let originator = Originator { id: pid, role: self.role, client_properties: self.client_properties };
        members.serialize_field("originatorMetadata", &originator)?;
        if let Some(numbered) = &self.numbered {
            members.serialize_field("serverTimestamp", &numbered.server_timestamp)?;
        }
        members.serialize_field("event", self.event)?;
        members.serialize_field("conversationId", &self.conversation)?;
        members.serialize_field("dialogId", &self.dialog)?;
        if let Some(metadata) = self.metadata {
            members.serialize_field("metadata", metadata)?;
        }
        if let Some(encoded) = self.encoded_metadata {
            members.serialize_field("encodedMetadata", encoded)?;
        }
        if let Some(audience) = &self.audience {
            members.serialize_field("messageAudience", audience)?;
        }
        members.end()
    }
}
