//! CONVERSATION: a profile and the request for a conversation, in one array. Source: spec 05 §3.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::TtrType;
use super::envelope::{BadRequest, Envelope};
use super::profile::Profile;
use crate::json::{JsValue, Members};
use crate::{ConversationId, JsonText, SkillId};

/// Path of CONVERSATION.
pub const PATH: &str = "/api/account/{account}/messaging/consumer/conversation";

/// The elements of a CONVERSATION body, each read for itself: one bad element does not hide what the others say.
#[derive(Debug)]
#[non_exhaustive]
pub struct Request {
    /// The elements in order. Only a body with exactly a profile and a request, in this order, is carried out.
    pub elements: Vec<Result<Element, BadRequest>>,
}

/// One element.
#[derive(Debug)]
pub struct Element {
    /// What `reqId` will say.
    pub id: String,
    /// What it asks for.
    pub action: Action,
}

/// What an element asks for.
#[derive(Debug)]
pub enum Action {
    /// `userprofile.SetUserProfile`.
    SetUserProfile(Profile),
    /// `cm.ConsumerRequestConversation`.
    RequestConversation(Box<RequestConversation>),
}

/// `body` of `cm.ConsumerRequestConversation`.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct RequestConversation {
    /// Must equal the account of the path; `None` when missing, null or empty.
    pub brand_id: Option<String>,
    /// How soon an answer is wanted; `None` means the default.
    pub ttr: Option<TtrType>,
    /// The wanted skill.
    pub skill: Option<SkillId>,
    /// The campaign, as text.
    pub campaign_id: Option<String>,
    /// The engagement, as text.
    pub engagement_id: Option<String>,
    /// `conversationContext`.
    pub context: Option<JsonText>,
}

/// Why a CONVERSATION body has no elements to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body must be an array of requests")]
pub struct NotAnArray;

impl Request {
    /// Reads a CONVERSATION body.
    ///
    /// # Errors
    /// [`NotAnArray`] for anything but a JSON array with at least one element.
    pub fn parse(text: &str) -> Result<Self, NotAnArray> {
        let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| NotAnArray)?;
        if elements.is_empty() {
            return Err(NotAnArray);
        }
        Ok(Self { elements: elements.into_iter().map(|element| Element::parse(element.get())).collect() })
    }
}

impl Element {
    fn parse(text: &str) -> Result<Self, BadRequest> {
        let envelope = Envelope::parse(text)?;
        let action = match envelope.kind.as_ref() {
            "userprofile.SetUserProfile" => Action::SetUserProfile(Profile::parse(&envelope)?),
            "cm.ConsumerRequestConversation" => Action::RequestConversation(Box::new(request(&envelope)?)),
            _ => return Err(BadRequest::new(&envelope.id, "the type does not belong into CONVERSATION")),
        };
        Ok(Self { id: envelope.id, action })
    }
}

/// The longest `conversationContext`, in bytes: it is part of the state that is kept and rewritten with a conversation.
const MAX_CONTEXT_BYTES: usize = 8 * 1024;
/// The longest campaign and engagement ids, in characters.
const MAX_CAMPAIGN_CHARACTERS: usize = 64;

pub(crate) fn request(envelope: &Envelope<'_>) -> Result<RequestConversation, BadRequest> {
    let bad = |reason: &str| BadRequest::new(&envelope.id, reason);
    let members = match envelope.body.map(|body| JsValue::parse(body.get())) {
        None | Some(Ok(JsValue::Null)) => Members::default(),
        Some(Ok(JsValue::Object(members))) => members,
        Some(_) => return Err(bad("body must be an object")),
    };
    let member = |name: &str| members.get(name).filter(|value| **value != JsValue::Null);
    let brand_id = match member("brandId") {
        None => None,
        Some(JsValue::Text(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
        Some(JsValue::Number(_)) => member("brandId").and_then(text_or_number),
        Some(_) => return Err(bad("brandId must be a string")),
    };
    if member("channelType").is_some_and(|channel| channel.as_text() != Some("MESSAGING")) {
        return Err(bad("channelType must be MESSAGING"));
    }
    let ttr = match member("ttrDefName") {
        None => None,
        Some(name) => {
            let name = name.as_text().and_then(TtrType::parse);
            Some(name.ok_or_else(|| bad("ttrDefName must be NORMAL, URGENT, PRIORITIZED or null"))?)
        }
    };
    let skill = match member("skillId").map(|skill| text_or_number(skill).ok_or(skill)) {
        None => None,
        Some(Ok(text)) if text.is_empty() => None,
        Some(Ok(text)) => Some(SkillId::parse(&text).map_err(|error| bad(&error.to_string()))?),
        Some(Err(_)) => return Err(bad("skillId must be a string or a number")),
    };
    let context = match member("conversationContext") {
        None => None,
        Some(context @ JsValue::Object(_)) => {
            let context = context.to_json();
            if context.as_str().len() > MAX_CONTEXT_BYTES {
                return Err(bad("conversationContext is too large"));
            }
            Some(context)
        }
        Some(_) => return Err(bad("conversationContext must be an object")),
    };
    let campaign = match member("campaignInfo") {
        None => None,
        Some(JsValue::Object(campaign)) => Some(campaign),
        Some(_) => return Err(bad("campaignInfo must be an object")),
    };
    let campaign_member = |name: &str| {
        let text = campaign.and_then(|members| members.get(name)).and_then(text_or_number);
        match text {
            Some(text) if text.chars().count() > MAX_CAMPAIGN_CHARACTERS => {
                Err(bad("campaignInfo is too long"))
            }
            text => Ok(text),
        }
    };
    Ok(RequestConversation {
        brand_id,
        ttr,
        skill,
        campaign_id: campaign_member("campaignId")?,
        engagement_id: campaign_member("engagementId")?,
        context,
    })
}

/// The official sample writes ids as numbers, the documents as strings (spec 10 §3 S1).
fn text_or_number(value: &JsValue) -> Option<String> {
    match value {
        JsValue::Text(text) => Some(text.clone()),
        JsValue::Number(_) => Some(value.to_json().as_str().to_owned()),
        _ => None,
    }
}

/// `body` of a successful second element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The new conversation, also the id of its main dialog.
    #[serde(rename = "conversationId")]
    pub conversation_id: ConversationId,
}

/// The result of an element that opened a conversation, in the documented member order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedResult {
    /// `OK`.
    pub code: super::envelope::Code,
    /// The conversation.
    pub body: Opened,
    /// The request's id as text.
    #[serde(rename = "reqId")]
    pub req_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(body: &str) -> Result<RequestConversation, BadRequest> {
        let text = format!(
            r#"[{{"id":"a1","type":"userprofile.SetUserProfile","body":{{}}}},{{"id":"a2","type":"cm.ConsumerRequestConversation","body":{body}}}]"#
        );
        let mut request = Request::parse(&text).unwrap();
        match request.elements.remove(1)?.action {
            Action::RequestConversation(request) => Ok(*request),
            Action::SetUserProfile(_) => panic!("not a request"),
        }
    }

    #[test]
    fn the_official_samples_numbers_are_read_as_text() {
        let request = second(
            r#"{"ttrDefName":null,"campaignInfo":{"campaignId":5100,"engagementId":5200},"channelType":"MESSAGING","brandId":"10020030","skillId":-1,"conversationContext":{"visitorId":"","sessionId":"","interactionContextId":2,"type":"SharkContext","lang":"en-US","features":[]}}"#,
        )
        .unwrap();
        assert_eq!(request.campaign_id.as_deref(), Some("5100"));
        assert_eq!(request.skill, Some(SkillId::UNASSIGNED));
        assert_eq!(request.ttr, None);
    }

    #[test]
    fn the_minimal_request_is_read() {
        assert_eq!(second(r#"{"brandId":"1"}"#).unwrap().brand_id.as_deref(), Some("1"));
        assert_eq!(second("{}").unwrap().brand_id, None);
    }

    #[test]
    fn bad_members_are_refused_with_the_elements_id() {
        for body in [
            r#"{"brandId":"1","channelType":"CHAT"}"#,
            r#"{"brandId":"1","ttrDefName":"SOON"}"#,
            r#"{"brandId":"1","skillId":"12345678901"}"#,
            r#"{"brandId":"1","skillId":[]}"#,
            r#"{"brandId":"1","conversationContext":"x"}"#,
            r#"{"brandId":"1","campaignInfo":7}"#,
            &format!(r#"{{"brandId":"1","campaignInfo":{{"campaignId":"{}"}}}}"#, "x".repeat(65)),
            &format!(r#"{{"brandId":"1","conversationContext":{{"visitorId":"{}"}}}}"#, "x".repeat(8192)),
            r#"{"brandId":{}}"#,
            "[]",
        ] {
            assert_eq!(second(body).unwrap_err().id, "a2", "{body}");
        }
    }

    #[test]
    fn anything_but_a_filled_array_is_refused_as_a_whole() {
        for text in ["{}", "[]", "7", "", "nonsense", r#""[]""#] {
            assert_eq!(Request::parse(text).unwrap_err(), NotAnArray);
        }
    }
}
