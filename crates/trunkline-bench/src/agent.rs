//! Agents as clients: signing in, the socket, the frames. Source: spec 20, 21, 22.

mod frame;
mod socket;
mod staff;

pub use frame::{Answer, Change, Conversations, Event, Frame, Rings};
pub use socket::{AgentSocket, SocketError};
pub use staff::{Agent, administrator, hire};

/// Requests by their names on the wire. Source: spec 21 §3.
pub mod request {
    /// How far an agent is available.
    pub const SET_AGENT_STATE: &str = ".ams.routing.SetAgentState";
    /// Rings.
    pub const SUBSCRIBE_RINGS: &str = ".ams.routing.SubscribeRoutingTasks";
    /// The answer to a ring.
    pub const UPDATE_RING: &str = ".ams.routing.UpdateRingState";
    /// Conversations.
    pub const SUBSCRIBE_CONVERSATIONS: &str = ".ams.aam.SubscribeExConversations";
    /// The stored events of a dialog.
    pub const QUERY_MESSAGES: &str = ".ams.ms.QueryMessages";
    /// Text, receipts.
    pub const PUBLISH: &str = ".ams.ms.PublishEvent";
    /// Joining, leaving, closing.
    pub const UPDATE_CONVERSATION: &str = ".ams.cm.UpdateConversationField";
}
