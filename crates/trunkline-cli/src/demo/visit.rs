//! How a visitor came: the ids that go from the monitoring service into CONVERSATION (spec 05 §9).

use serde_json::{Value, json};

/// One visit.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) visitor: String,
    pub(crate) session: String,
    pub(crate) context: String,
    pub(crate) campaign: i64,
    pub(crate) engagement: i64,
}

impl Visit {
    /// `campaignInfo`.
    pub(crate) fn campaign_info(&self) -> Value {
        json!({"campaignId": self.campaign, "engagementId": self.engagement})
    }

    /// `conversationContext`.
    pub(crate) fn context(&self) -> Value {
        json!({"type": "SharkContext", "lang": "en-US", "visitorId": self.visitor, "sessionId": self.session,
            "interactionContextId": self.context})
    }
}
