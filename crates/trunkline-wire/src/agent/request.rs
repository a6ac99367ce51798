//! What a client sends: one frame, one request. Source: spec 21 §2, §7, 24 §3.

mod conversations;
mod field;
mod files;
mod frame;
mod headers;
mod messages;
mod participant;
mod profile;
mod routing;

pub use conversations::{AgentRequestConversation, ConversationFilter, States};
pub use field::{CsatChange, DialogOutcome, FieldChange, FieldKind, TtrChange, UpdateConversationField};
pub(crate) use files::download_path;
pub use files::{UploadFileType, UploadRequest};
pub use headers::{ConsumerToken, Headers};
pub use messages::{PublishEvent, QueryMessages, SubscribeMessagingEvents};
pub use participant::{ParticipantChange, ParticipantsChange};
pub use routing::{AgentStateFilter, RingAnswer, RoutingFilter, SetAgentState, UpdateRingState};

use std::borrow::Cow;

use super::body::{Body, Broken};
use super::{Family, Reference, RequestName, SubscriptionId, UserRef};
use crate::JsonText;
use crate::conversations::conversation::RequestConversation;
use crate::conversations::profile::Profile;
use crate::conversations::send::exceeds;
use frame::Frame;

/// A request. Every request is answered exactly once, in the order of arrival.
#[derive(Debug)]
#[non_exhaustive]
pub struct Request {
    /// What `reqId` will say: `id` as text.
    pub id: String,
    /// How the request spelled its name; the answer is spelled alike.
    pub family: Family,
    /// What it asks for.
    pub what: AgentRequest,
    /// `metadata`: an array of objects.
    pub metadata: Option<JsonText>,
    /// `encodedMetadata`: opaque, relayed as it is.
    pub encoded_metadata: Option<Box<str>>,
    /// `headers`, as far as they mean something.
    pub headers: Headers,
}

/// What a request asks for, on either kind of socket; who may ask for it is decided by the service.
#[derive(Debug)]
#[non_exhaustive]
pub enum AgentRequest {
    /// The time.
    GetClock,
    /// Nothing.
    KeepAlive,
    /// To be ready for work, or not.
    SetAgentState(SetAgentState),
    /// To be told of agents' states.
    SubscribeAgentsState(AgentStateFilter),
    /// To be told of rings.
    SubscribeRoutingTasks(RoutingFilter),
    /// To be told of other rings under the same subscription.
    UpdateRoutingTaskSubscription {
        /// The subscription.
        subscription: Reference<SubscriptionId>,
        /// What counts from now on.
        filter: RoutingFilter,
    },
    /// To take or decline a ring.
    UpdateRingState(UpdateRingState),
    /// To be told of conversations.
    SubscribeExConversations(Box<ConversationFilter>),
    /// To be told no longer.
    UnsubscribeExConversations(Reference<SubscriptionId>),
    /// The stored events of a dialog.
    QueryMessages(QueryMessages),
    /// To be told of a dialog's events.
    SubscribeMessagingEvents(SubscribeMessagingEvents),
    /// To publish an event.
    PublishEvent(PublishEvent),
    /// To change a conversation.
    UpdateConversationField(UpdateConversationField),
    /// A conversation with a consumer, by an agent.
    AgentRequestConversation(AgentRequestConversation),
    /// A conversation, by its consumer.
    ConsumerRequestConversation(Box<RequestConversation>),
    /// A profile; `None` for one's own.
    GetUserProfile(Option<UserRef>),
    /// To set one's profile.
    SetUserProfile(Profile),
    /// Where to upload a file.
    GenerateUrlForUploadFile(UploadRequest),
    /// Where to download the file of this `relativePath`.
    GenerateUrlForDownloadFile(Box<str>),
    /// A consumer's credentials; they are in [`Request::headers`].
    InitConnection,
    /// Something else: answered 400 `Unknown request`.
    Unknown,
}

/// A frame that is no request, or not one that can be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unreadable {
    /// What `reqId` of the 400 should say; without it the frame is ignored.
    pub id: Option<String>,
    /// Which rule is broken: the body of the answer. Holds none of the client's own text.
    pub reason: Cow<'static, str>,
}

/// What kind of socket a frame came over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    Agent,
    /// May do no more than by the Send API.
    Consumer,
}

impl Request {
    /// Reads a frame of an agent. `max_characters` bounds a published event as the Send API does (spec 21 §7.3, 05 §6.2).
    ///
    /// # Errors
    /// [`Unreadable`]; the connection goes on.
    pub fn parse(text: &str, max_characters: usize) -> Result<Self, Unreadable> {
        Self::of(Sender::Agent, text, max_characters)
    }

    /// Reads a frame of a consumer: what it does in a conversation keeps to the rules of the Send API, its length and the
    /// types of content (spec 24 §3.6, 05 §4.2, §6.2).
    ///
    /// # Errors
    /// [`Unreadable`]; the connection goes on.
    pub fn parse_of_consumer(text: &str, max_characters: usize) -> Result<Self, Unreadable> {
        Self::of(Sender::Consumer, text, max_characters)
    }

    fn of(sender: Sender, text: &str, max_characters: usize) -> Result<Self, Unreadable> {
        let frame = Frame::parse(text)?;
        let bad = |broken: Broken| Unreadable { id: Some(frame.id.clone()), reason: broken.0 };
        let name = RequestName::parse(&frame.name);
        let (what, family) = match name {
            Some((name, family)) => (read(name, &frame, sender, max_characters).map_err(bad)?, family),
            None if frame.name.starts_with('.') => (AgentRequest::Unknown, Family::Wire),
            None => (AgentRequest::Unknown, Family::Public),
        };
        let headers = match (&what, frame.headers) {
            (AgentRequest::InitConnection, Some(raw)) => Headers::read(raw.get()).map_err(bad)?,
            (AgentRequest::InitConnection, None) => return Err(bad(Broken::new("headers is missing"))),
            // They mean nothing elsewhere, so nothing is wrong with them.
            _ => Headers::default(),
        };
        Ok(Self {
            id: frame.id,
            family,
            what,
            metadata: frame.metadata,
            encoded_metadata: frame.encoded_metadata,
            headers,
        })
    }
}

fn read(
    name: RequestName,
    frame: &Frame<'_>,
    sender: Sender,
    max_characters: usize,
) -> Result<AgentRequest, Broken> {
    let body = || Body::read(frame.body);
    Ok(match name {
        RequestName::GetClock => AgentRequest::GetClock,
        RequestName::KeepAlive => AgentRequest::KeepAlive,
        RequestName::InitConnection => AgentRequest::InitConnection,
        RequestName::SetAgentState => AgentRequest::SetAgentState(SetAgentState::read(&body()?)?),
        RequestName::SubscribeAgentsState => {
            AgentRequest::SubscribeAgentsState(AgentStateFilter::read(&body()?)?)
        }
        RequestName::SubscribeRoutingTasks => {
            AgentRequest::SubscribeRoutingTasks(RoutingFilter::read(&body()?)?)
        }
        RequestName::UpdateRoutingTaskSubscription => {
            let body = body()?;
            let subscription = conversations::subscription(&body)?;
            AgentRequest::UpdateRoutingTaskSubscription { subscription, filter: RoutingFilter::read(&body)? }
        }
        RequestName::UpdateRingState => AgentRequest::UpdateRingState(UpdateRingState::read(&body()?)?),
        RequestName::SubscribeExConversations => {
            AgentRequest::SubscribeExConversations(Box::new(ConversationFilter::read(&body()?)?))
        }
        RequestName::UnsubscribeExConversations => {
            AgentRequest::UnsubscribeExConversations(conversations::subscription(&body()?)?)
        }
        RequestName::QueryMessages => AgentRequest::QueryMessages(QueryMessages::read(&body()?)?),
        RequestName::SubscribeMessagingEvents => {
            AgentRequest::SubscribeMessagingEvents(SubscribeMessagingEvents::read(&body()?)?)
        }
        RequestName::PublishEvent => {
            AgentRequest::PublishEvent(PublishEvent::read(body()?, sender, frame.text, max_characters)?)
        }
        RequestName::UpdateConversationField => {
            if sender == Sender::Consumer && exceeds(frame.text, max_characters, 0) {
                return Err(Broken::too_large());
            }
            AgentRequest::UpdateConversationField(UpdateConversationField::read(&body()?)?)
        }
        RequestName::AgentRequestConversation => {
            AgentRequest::AgentRequestConversation(AgentRequestConversation::read(body()?)?)
        }
        RequestName::ConsumerRequestConversation => {
            AgentRequest::ConsumerRequestConversation(Box::new(conversations::request(frame.body)?))
        }
        RequestName::GetUserProfile => AgentRequest::GetUserProfile(profile::whose(frame.body)?),
        RequestName::SetUserProfile => AgentRequest::SetUserProfile(profile::profile(frame.body)?),
        RequestName::GenerateUrlForUploadFile => {
            AgentRequest::GenerateUrlForUploadFile(UploadRequest::read(&body()?)?)
        }
        RequestName::GenerateUrlForDownloadFile => {
            AgentRequest::GenerateUrlForDownloadFile(files::download(&body()?)?)
        }
    })
}
