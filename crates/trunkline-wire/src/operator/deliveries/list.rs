//! Listing deliveries and looking at one.

use http::Method;
use serde::{Deserialize, Serialize};

use super::notification::optional;
use super::{DeliveryInfo, ONE_PATH, Outcome, PATH};
use crate::installations::WebhookEvent;
use crate::operator::{DEFAULT_PAGE, MAX_PAGE};
use crate::{Auth, ConversationId, DeliveryId, Endpoint, EpochMillis};

/// Lists the deliveries of an app, newest first. Every filter that is there must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListDeliveries {
    /// Of this conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// Of this kind: the name it has in a manifest, or the last part of that.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none", with = "optional")]
    pub event: Option<WebhookEvent>,
    /// That ended so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Begun at this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<EpochMillis>,
    /// Begun before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<EpochMillis>,
    /// `next` of the page before; the newest when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<DeliveryId>,
    /// The most entries to return, 1 to [`MAX_PAGE`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

impl ListDeliveries {
    /// The number of entries to return, within its bounds.
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_PAGE)
    }
}

/// A page of deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryList {
    /// The deliveries, newest first.
    pub deliveries: Vec<DeliveryInfo>,
    /// Where the next, older page starts; `null` at the end.
    pub next: Option<DeliveryId>,
}

impl Endpoint for ListDeliveries {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = DeliveryList;
}

/// Shows one delivery.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowDelivery {}

impl Endpoint for ShowDelivery {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = ONE_PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = DeliveryInfo;
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::{TEXT, record};
    use super::*;

    #[test]
    fn a_page_has_the_documented_shape() {
        let page = DeliveryList { deliveries: vec![record()], next: Some(record().id) };
        let text = format!(r#"{{"deliveries":[{TEXT}],"next":"7"}}"#);
        assert_eq!(serde_json::to_string(&page).unwrap(), text);
        assert_eq!(serde_json::from_str::<DeliveryList>(&text).unwrap(), page);
    }

    #[test]
    fn absent_filters_are_left_out_and_present_ones_read_back() {
        assert_eq!(serde_json::to_string(&ListDeliveries::default()).unwrap(), "{}");
        let all = ListDeliveries {
            conversation: Some(record().conversation),
            event: Some(WebhookEvent::ChatState),
            outcome: Some(Outcome::Dropped),
            since: Some(EpochMillis(1)),
            until: Some(EpochMillis(2)),
            after: Some(record().id),
            limit: Some(9),
        };
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<ListDeliveries>(&text).unwrap(), all);
    }

    #[test]
    fn the_short_name_of_a_kind_will_do() {
        let query: ListDeliveries = serde_json::from_str(r#"{"type":"ContentEvent"}"#).unwrap();
        assert_eq!(query.event, Some(WebhookEvent::Content));
        let refused = serde_json::from_str::<ListDeliveries>(r#"{"type":"Content"}"#).unwrap_err();
        assert!(refused.to_string().contains("RichContentEvent"), "{refused}");
    }

    #[test]
    fn pages_are_bounded() {
        for (limit, expected) in [(None, 100), (Some(0), 1), (Some(7), 7), (Some(usize::MAX), 500)] {
            assert_eq!(ListDeliveries { limit, ..ListDeliveries::default() }.limit(), expected);
        }
    }
}
