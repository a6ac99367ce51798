//! What an answer says: code, body and type in one. Source: spec 21 §3, §7, 24 §3.2.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{ErrorCode, ProfileView, TEXT};
use crate::agent::{Aid, Family, FlatEvent, SubscriptionId};
use crate::conversations::envelope::{PROFILE_SET, RESOLVED, UPDATED};
use crate::{ConversationId, EpochMillis, EpochSeconds};

/// An answer. Success first, [`Answer::Refused`] for everything else.
#[derive(Debug, Clone, Copy)]
pub enum Answer<'a> {
    /// `GetClock`.
    Clock(EpochMillis),
    /// `KeepAlive`.
    KeptAlive,
    /// `SetAgentState`: 202.
    AgentStateUpdated,
    /// `UpdateRingState`: 202.
    RingStateUpdated,
    /// `SubscribeAgentsState`, `SubscribeRoutingTasks`, `UpdateRoutingTaskSubscription`.
    Subscribed(SubscriptionId),
    /// `SubscribeExConversations`.
    ConversationsSubscribed(SubscriptionId),
    /// `UnsubscribeExConversations`.
    ConversationsUnsubscribed,
    /// `SubscribeMessagingEvents`.
    MessagesSubscribed,
    /// `QueryMessages`: by ascending sequence.
    Messages(&'a [FlatEvent<'a>]),
    /// `PublishEvent`: the number of the event; 0 for typing, which has none.
    Published(u64),
    /// `UpdateConversationField`.
    FieldsUpdated(FieldsUpdated),
    /// `AgentRequestConversation`, `ConsumerRequestConversation`.
    ConversationOpened(ConversationId),
    /// `GetUserProfile` for one's own.
    OwnProfile(&'a Aid),
    /// `GetUserProfile` for a consumer's.
    ConsumerProfile(&'a ProfileView),
    /// `SetUserProfile`.
    ProfileSet,
    /// `GenerateURLForUploadFile`, `GenerateURLForDownloadFile`.
    FileUrl(SignedUrl<'a>),
    /// `InitConnection`.
    Initialized,
    /// Any request: it was not carried out.
    Refused {
        /// The number clients go by.
        code: ErrorCode,
        /// Why, for people.
        text: &'a str,
    },
}

/// What `UpdateConversationField` did, in the documented words; of several changes the greatest counts. Source: spec 21 §7.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldsUpdated {
    /// Anything else.
    Changed,
    /// Somebody joined.
    AgentAdded,
    /// Somebody left, a transfer included.
    AgentRemoved,
    /// A dialog or the conversation was closed.
    Closed,
}

impl FieldsUpdated {
    /// The text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AgentAdded => "OK Agent added successfully",
            Self::AgentRemoved => "OK Agent removed successfully",
            Self::Closed => RESOLVED,
            Self::Changed => UPDATED,
        }
    }
}

/// Where a file goes or comes from. Source: spec 07 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedUrl<'a> {
    /// `relativePath`.
    pub relative_path: &'a str,
    /// `temp_url_sig`: 40 hex digits.
    pub signature: &'a str,
    /// `temp_url_expires`, a string on the wire.
    pub expires: EpochSeconds,
}

impl Serialize for SignedUrl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Query<'a> {
            temp_url_sig: &'a str,
            temp_url_expires: String,
        }

        let query = Query { temp_url_sig: self.signature, temp_url_expires: self.expires.0.to_string() };
        let mut members = serializer.serialize_map(Some(2))?;
        members.serialize_entry("relativePath", self.relative_path)?;
        members.serialize_entry("queryParams", &query)?;
        members.end()
    }
}

impl Answer<'_> {
    /// The number clients go by: HTTP semantics.
    pub const fn code(&self) -> u16 {
        match self {
            Self::AgentStateUpdated | Self::RingStateUpdated => 202,
            Self::Refused { code, .. } => code.code(),
            _ => 200,
        }
    }

    /// `type`.
    pub const fn name(&self, family: Family) -> &'static str {
        let (wire, public) = match self {
            Self::Clock(_) => (".GetClock$Response", "GetClockResponse"),
            Self::Subscribed(_) | Self::MessagesSubscribed => {
                (".ams.GenericSubscribe$Response", "GenericSubscribeResponse")
            }
            Self::ConversationsSubscribed(_) => {
                (".ams.aam.SubscribeExConversations$Response", "cqm.SubscribeExConversationsResponse")
            }
            Self::Messages(_) => (".ams.ms.QueryMessages$Response", "ms.QueryMessagesResponse"),
            Self::Published(_) => (".ams.ms.PublishEvent$Response", "ms.PublishEventResponse"),
            Self::FieldsUpdated(_) => (TEXT, "StringResponse"),
            Self::ConversationOpened(_) => {
                (".ams.cm.RequestConversation$Response", "cm.RequestConversationResponse")
            }
            Self::OwnProfile(_) | Self::ConsumerProfile(_) => {
                (".ams.userprofile.GetUserProfile$Response", "up.GetUserProfile$Response")
            }
            Self::FileUrl(_) => (".ams.ms.BaseGenerateURL$Response", "ms.BaseGenerateURLResponse"),
            Self::KeptAlive
            | Self::AgentStateUpdated
            | Self::RingStateUpdated
            | Self::ConversationsUnsubscribed
            | Self::ProfileSet
            | Self::Initialized
            | Self::Refused { .. } => (TEXT, TEXT),
        };
        match family {
            Family::Wire => wire,
            Family::Public => public,
        }
    }

    pub(super) const fn body(&self, family: Family) -> Body<'_> {
        Body { answer: self, family }
    }
}

/// `body` of an answer.
#[derive(Clone, Copy)]
pub(super) struct Body<'a> {
    answer: &'a Answer<'a>,
    family: Family,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.answer {
            Answer::Clock(now) => member(serializer, "currentTime", now),
            Answer::Subscribed(id) | Answer::ConversationsSubscribed(id) => {
                member(serializer, "subscriptionId", id)
            }
            Answer::MessagesSubscribed => serializer.serialize_map(Some(0))?.end(),
            Answer::Messages(events) => events.serialize(serializer),
            Answer::Published(sequence) => member(serializer, "sequence", sequence),
            Answer::ConversationOpened(id) => member(serializer, "conversationId", id),
            Answer::OwnProfile(aid) => member(serializer, "userId", aid),
            Answer::ConsumerProfile(profile) => profile.of_family(self.family).serialize(serializer),
            Answer::FileUrl(url) => url.serialize(serializer),
            Answer::KeptAlive | Answer::ConversationsUnsubscribed => serializer.serialize_str("OK"),
            Answer::AgentStateUpdated => serializer.serialize_str("Agent state updated successfully"),
            Answer::RingStateUpdated => serializer.serialize_str("Ring state updated successfully"),
            Answer::FieldsUpdated(done) => serializer.serialize_str(done.as_str()),
            Answer::ProfileSet => serializer.serialize_str(PROFILE_SET),
            Answer::Initialized => serializer.serialize_str("Connection initialized successfully"),
            Answer::Refused { text, .. } => serializer.serialize_str(text),
        }
    }
}

fn member<S: Serializer>(
    serializer: S,
    name: &'static str,
    value: &impl Serialize,
) -> Result<S::Ok, S::Error> {
    let mut members = serializer.serialize_map(Some(1))?;
    members.serialize_entry(name, value)?;
    members.end()
}
