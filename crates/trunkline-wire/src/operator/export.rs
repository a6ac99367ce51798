//! `/operator/v1/accounts/{account}/export`: the conversations of an account, one in each line.

use http::Method;
use serde::{Deserialize, Serialize};

use crate::{Auth, ConversationId, Endpoint, EpochMillis};

/// GET answers with the lines.
pub const PATH: &str = "/operator/v1/accounts/{account}/export";

/// The media type of the answer: each line is a [`Record`](crate::history::Record) with everything it can have.
pub const CONTENT_TYPE: &str = "application/x-ndjson";

/// Asks for conversations in the order in which they were started, oldest first. An answer that ends before its time was
/// cut off, and goes on after the last conversation that came whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportConversations {
    /// Only those that were started at this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<EpochMillis>,
    /// Only those that come after this one, whether it is there or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ConversationId>,
}

impl ExportConversations {
    /// The conversations that were started since a moment and come after one of them.
    pub fn new(since: Option<EpochMillis>, after: Option<ConversationId>) -> Self {
        Self { since, after }
    }
}

impl Endpoint for ExportConversations {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    /// There is no single body.
    type Response = ();
}
