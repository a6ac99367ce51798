//! Conversation history, service `msgHist`: searches over conversations and their transcripts. Source: spec 08.

mod content;
mod cursor;
mod events;
mod loose;
mod record;
mod search;
#[cfg(test)]
mod tests;
mod times;

use http::Method;

use crate::Endpoint;
use crate::endpoint::Auth;

pub use content::{Content, Contents};
pub use cursor::{Cursor, EventCursor};
pub use events::{EventRecord, EventRecords};
pub use loose::Loose;
pub use record::{
    AgentParticipant, Answer, Campaign, ConsumerParticipant, ContextData, DialogRecord, Encoded, Info,
    Interaction, Link, MessageData, MessageRecord, MessageStatus, Metadata, Record, ResponseTime, Sdes,
    ShardsStatus, SkillChangeRecord, Summary, Survey, SurveyAnswer, Text, TransferRecord,
};
pub use search::{ConsumerSearch, ConversationSearch, Span, TimeSearch};
pub use times::{UNDEFINED, time_text};

/// Path of the search for conversations by id.
pub const CONVERSATION_PATH: &str =
    "/messaging_history/api/account/{account}/conversations/conversation/search";
/// Path of the search for conversations by the time of their start.
pub const TIME_PATH: &str = "/messaging_history/api/account/{account}/conversations/search";
/// Path of the search for the conversations of a consumer.
pub const CONSUMER_PATH: &str = "/messaging_history/api/account/{account}/conversations/consumer/search";
/// Path of the events of one conversation.
pub const EVENTS_PATH: &str =
    "/messaging_history/api/account/{account}/conversations/conversation/content/search";

impl Endpoint for ConversationSearch {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = CONVERSATION_PATH;
    const AUTH: Auth = Auth::UserBearer;
    type Response = Answer;
}

impl Endpoint for TimeSearch {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = TIME_PATH;
    const AUTH: Auth = Auth::UserBearer;
    type Response = Answer;
}

impl Endpoint for ConsumerSearch {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = CONSUMER_PATH;
    const AUTH: Auth = Auth::UserBearer;
    type Response = Answer;
}
