//! `POST /api/account/{account}/app/{app}/engagement`: what a visitor came by, for connectors that let campaigns choose the
//! skill. Source: spec 05 §9.

use serde::{Deserialize, Serialize};

use crate::{Auth, ConversationId, Endpoint, OneOrMany};

/// The path.
pub const ENGAGEMENT_PATH: &str = "/api/account/{account}/app/{app}/engagement";

/// Who the visitor is. What else there is says nothing here: `clientProperties`, `entryPoints`, `engagementAttributes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EngagementRequest {
    /// The connector's name for the consumer; deprecated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer_id: Option<String>,
    /// The same, in the form that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<OneOrMany<Identity>>,
}

impl EngagementRequest {
    /// The connector's name for the consumer, if there is one.
    pub fn consumer(&self) -> Option<&str> {
        let mut identities = self.identities.iter().flat_map(|list| &list.0);
        identities.find_map(|identity| identity.sub.as_deref()).or(self.consumer_id.as_deref())
    }
}

impl Endpoint for EngagementRequest {
    const METHOD: http::Method = http::Method::POST;
    const PATH: &'static str = ENGAGEMENT_PATH;
    const AUTH: Auth = Auth::None;
    type Response = Engagements;
}

/// An identity of a visitor; `iss` and `acr` say nothing here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The connector's name for the consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
}

/// The visit, and what it came by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Engagements {
    /// The visit.
    pub session_id: String,
    /// The visitor.
    pub visitor_id: String,
    /// The page of the visit; there is one only.
    pub page_id: String,
    /// At most one; absent when the account has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement_details: Option<Vec<EngagementDetails>>,
}

/// An engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EngagementDetails {
    /// `campaignInfo.campaignId` of a conversation.
    pub campaign_id: u64,
    /// `campaignInfo.engagementId` of a conversation.
    pub engagement_id: u64,
    /// Always 1.
    pub engagement_revision: u64,
    /// `interactionContextId` of a conversation, while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_id: Option<String>,
    /// The consumer's open conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// Always 1.
    pub connector_id: u64,
    /// Whether the consumer may begin, or has begun.
    pub status: EngagementStatus,
}

/// How far an engagement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngagementStatus {
    /// It may be shown.
    Expose,
    /// Its conversation is open.
    Conversation,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MonitoringError {
    /// When, in milliseconds.
    pub time: crate::EpochMillis,
    /// Why.
    pub message: String,
    /// The same as a number.
    pub internal_code: u32,
}
