//! Lists of conversations, and new ones. Source: spec 21 §7.2, §7.6, 24 §3.3, §3.4.

use serde_json::value::RawValue;

use super::routing::brand;
use crate::agent::body::{Body, Broken};
use crate::agent::{Reference, SubscriptionId, UserRef};
use crate::conversations::conversation::{self, RequestConversation};
use crate::conversations::envelope::Envelope;
use crate::json::JsValue;
use crate::{ConsumerId, EpochMillis};

/// The most users a subscription may name.
const MAX_AGENTS: usize = 1000;

/// `SubscribeExConversations`: conversations that meet every condition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ConversationFilter {
    /// `convState`: whether the main dialog is open.
    pub state: Option<States>,
    /// `stage`: whether the conversation is open as a whole.
    pub stage: Option<States>,
    /// `agentIds`: one of these takes part. `None` without the member, and for an empty list.
    pub agents: Option<Vec<UserRef>>,
    /// `minLastUpdatedTime`.
    pub updated_from: Option<EpochMillis>,
    /// `maxLastUpdatedTime`.
    pub updated_to: Option<EpochMillis>,
    /// `maxETTR`: an answer is due no later than this.
    pub due_to: Option<EpochMillis>,
    /// `consumerId`: of this consumer.
    pub consumer: Option<Reference<ConsumerId>>,
    /// `brandId`, which must be the account's if it is there.
    pub brand: Option<Box<str>>,
}

/// Which states a filter lets through. Words of older clients, such as `LOCKED`, let nothing through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct States {
    /// `OPEN`.
    pub open: bool,
    /// `CLOSE`.
    pub closed: bool,
}

impl States {
    /// True if something in this state passes.
    pub const fn lets_through(self, is_open: bool) -> bool {
        if is_open { self.open } else { self.closed }
    }

    fn read(body: &Body, name: &str) -> Result<Option<Self>, Broken> {
        let Some(list) = body.list(name).filter(|list| !list.is_empty()) else { return Ok(None) };
        let mut states = Self::default();
        for word in list {
            match word.as_text() {
                Some("OPEN") => states.open = true,
                Some("CLOSE") => states.closed = true,
                Some(_) => {}
                None => return Err(Broken::new(format!("{name} must be an array of strings"))),
            }
        }
        Ok(Some(states))
    }
}

impl ConversationFilter {
    pub(super) fn read(body: &Body) -> Result<Self, Broken> {
        let time = |name| body.whole(name).map(|time| time.map(EpochMillis));
        Ok(Self {
            state: States::read(body, "convState")?,
            stage: States::read(body, "stage")?,
            agents: agents(body)?,
            updated_from: time("minLastUpdatedTime")?,
            updated_to: time("maxLastUpdatedTime")?,
            due_to: time("maxETTR")?,
            consumer: body.reference("consumerId")?,
            brand: brand(body)?,
        })
    }
}

fn agents(body: &Body) -> Result<Option<Vec<UserRef>>, Broken> {
    let Some(list) = body.list("agentIds").filter(|list| !list.is_empty()) else { return Ok(None) };
    if list.len() > MAX_AGENTS {
        return Err(Broken::new("agentIds names too many users"));
    }
    let agents = list.iter().map(|agent| agent.as_text().map(UserRef::of)).collect::<Option<_>>();
    // An element that is no text may not simply be left out: without agentIds a filter lets all conversations through.
    agents.map(Some).ok_or_else(|| Broken::new("agentIds must be an array of strings"))
}

/// `subscriptionId` of a request.
pub(super) fn subscription(body: &Body) -> Result<Reference<SubscriptionId>, Broken> {
    let text = body.text_or_number("subscriptionId")?;
    let text = text.ok_or_else(|| Broken::new("subscriptionId is missing"))?;
    Ok(Reference::of(SubscriptionId::parse(&text).ok_or(())))
}

/// `AgentRequestConversation`.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentRequestConversation {
    /// With whom.
    pub consumer: Reference<ConsumerId>,
    /// The conversation.
    pub request: Box<RequestConversation>,
}

impl AgentRequestConversation {
    pub(super) fn read(body: Body) -> Result<Self, Broken> {
        let consumer = body.required("consumerId")?;
        let mut members = body.0;
        // An older client calls it `context` (spec 21 §7.6).
        if members.get("conversationContext").is_none()
            && let Some(context) = members.take("context")
        {
            members.set("conversationContext", context);
        }
        let text = JsValue::Object(members).to_json();
        let raw = serde_json::from_str(text.as_str()).map_err(|_| Broken::new("body is not valid JSON"))?;
        Ok(Self { consumer, request: Box::new(request(Some(raw))?) })
    }
}

/// The body of `ConsumerRequestConversation`, which may be absent altogether (spec 24 §3.2).
pub(super) fn request(body: Option<&RawValue>) -> Result<RequestConversation, Broken> {
    let envelope = Envelope { id: String::new(), kind: "".into(), body, metadata: None };
    conversation::request(&envelope).map_err(|bad| Broken::new(bad.reason))
}
