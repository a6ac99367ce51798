//! `/operator/v1/accounts/{account}/engagements`: which skill answers what came from which campaign and engagement.

use http::Method;
use serde::{Deserialize, Deserializer, Serialize};

use super::Done;
use crate::{AccountId, Auth, Endpoint, SkillId};

/// Where engagements are listed and set.
pub const PATH: &str = "/operator/v1/accounts/{account}/engagements";
/// Removes one.
pub const REMOVE_PATH: &str = "/operator/v1/accounts/{account}/engagements/remove";

/// Which skill answers what came from a campaign, an engagement or the two together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngagementInfo {
    /// The campaign; `null` for any.
    pub campaign: Option<String>,
    /// The engagement; `null` for any.
    pub engagement: Option<String>,
    /// The skill.
    pub skill: SkillId,
}

/// Lists all engagements of an account; there are 1000 at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEngagements {}

/// The engagements of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngagementList {
    /// The account.
    pub account: AccountId,
    /// The engagements, by campaign and engagement.
    pub engagements: Vec<EngagementInfo>,
}

impl Endpoint for ListEngagements {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = EngagementList;
}

/// Sets which skill answers, in place of what was set for exactly this campaign and engagement. One of the two is needed.
/// Ids are text or whole numbers; `5100` and `"5100"` are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SetEngagement {
    /// The campaign, 1 to 64 characters; absent or `null` for any.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text_or_number")]
    pub campaign: Option<String>,
    /// The engagement, 1 to 64 characters; absent or `null` for any.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text_or_number")]
    pub engagement: Option<String>,
    /// The skill.
    pub skill: SkillId,
}

impl SetEngagement {
    /// Has `skill` answer.
    pub fn new(campaign: Option<String>, engagement: Option<String>, skill: SkillId) -> Self {
        Self { campaign, engagement, skill }
    }
}

impl Endpoint for SetEngagement {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = EngagementInfo;
}

/// Removes what was set for exactly this campaign and engagement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RemoveEngagement {
    /// The campaign.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text_or_number")]
    pub campaign: Option<String>,
    /// The engagement.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text_or_number")]
    pub engagement: Option<String>,
}

impl RemoveEngagement {
    /// Removes what was set for these.
    pub fn new(campaign: Option<String>, engagement: Option<String>) -> Self {
        Self { campaign, engagement }
    }
}

impl Endpoint for RemoveEngagement {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = REMOVE_PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Done;
}

/// An id as connectors send it: text or a whole number.
#[derive(Deserialize)]
#[serde(untagged, expecting = "an id is text or a whole number")]
enum Id {
    Text(String),
    Number(u64),
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Id>::deserialize(deserializer)?.map(|id| match id {
        Id::Text(text) => text,
        Id::Number(number) => number.to_string(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_text_or_numbers() {
        let read = |text: &str| serde_json::from_str::<SetEngagement>(text);
        let expected = SetEngagement::new(Some("5100".to_owned()), None, SkillId::parse("7").unwrap());
        for text in [
            r#"{"campaign":"5100","skill":"7"}"#,
            r#"{"campaign":5100,"skill":7}"#,
            r#"{"campaign":5100,"engagement":null,"skill":"7"}"#,
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
        for text in [
            r#"{"campaign":5.5,"skill":"7"}"#,
            r#"{"campaign":["5100"],"skill":"7"}"#,
            r#"{"campaign":true,"skill":"7"}"#,
            r#"{"campaign":"5100"}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
