//! The WebSocket of agents and of consumers: requests, answers, notifications. Source: spec 21, 22, 24.
//!
//! Reading is where leniency lives ([`Request::parse`]): both spellings of every name, both forms of every user id,
//! numbers for text, one element for a list. Writing is where the traps of the JavaScript agent SDK live: it translates
//! frames by their `type`, answers included, and drops a frame whose shape it does not expect. So an [`Answer`] decides
//! code, body and type together, and what must hold inside a notification (equal order of both names of a role, a list
//! of rings in every change) is made so while it is printed, whatever it is made from.
//!
//! Only here and in the service behind it is a user known by the old form of the id; everything inside uses the new one.

mod body;
mod close;
mod identity;
mod ids;
mod names;
mod notification;
mod request;
mod response;
#[cfg(test)]
mod tests;
mod version;
mod vocabulary;

pub use close::Close;
pub use identity::{Aid, Identity, Reference, UserRef};
pub use ids::{RingId, SubscriptionId};
pub use names::{Family, RequestName};
pub use notification::{
    AgentConversation, AgentDialog, AgentState, AgentStates, ChangeFrame, FlatEvent, ForAgents, ForConsumers,
    Member, Rendered, Ring, Rings, RoutingTask, SNAPSHOT_BATCH, ShownClientProperties, Subject, changes,
    messaging_events, online_event,
};
pub(crate) use request::download_path;
pub use request::{
    AgentRequest, AgentRequestConversation, AgentStateFilter, ConsumerToken, ConversationFilter, CsatChange,
    DialogOutcome, FieldChange, FieldKind, Headers, ParticipantChange, ParticipantsChange, PublishEvent,
    QueryMessages, Request, RingAnswer, RoutingFilter, SetAgentState, States, SubscribeMessagingEvents,
    TtrChange, Unreadable, UpdateConversationField, UpdateRingState, UploadFileType, UploadRequest,
};
pub use response::{
    Answer, ErrorCode, FieldsUpdated, NOT_IN_CONVERSATION, ProfileView, SignedUrl, UNKNOWN_REQUEST, refusal,
    response,
};
pub use version::{AgentVersion, CONSUMER_VERSION};
pub use vocabulary::{Availability, ChangeKind, Delay, DelayKind, RingState};

use std::time::Duration;

/// Path of an agent's socket. Source: spec 21 §1.
pub const AGENT_PATH: &str = "/ws_api/account/{account}/messaging/brand/{bearer}";
/// Path of a consumer's socket. Source: spec 24 §1.
pub const CONSUMER_PATH: &str = "/ws_api/account/{account}/messaging/consumer";
/// The largest frame a client may send. Source: spec 21 §1.
pub const MAX_FRAME_BYTES: usize = 1024 * 1024;
/// The deepest nesting of a frame, as everywhere.
pub const MAX_DEPTH: usize = 64;
/// How long a socket may be silent; any frame counts, a ping too. Source: spec 21 §5.
pub const IDLE_LIMIT: Duration = Duration::from_mins(3);
/// How often the server pings. Source: spec 21 §5.
pub const PING_INTERVAL: Duration = Duration::from_secs(30);
/// How long a consumer's socket may wait with its credentials. Source: spec 24 §1.
pub const INIT_LIMIT: Duration = Duration::from_secs(10);
