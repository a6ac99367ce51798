//! What the sample sends. Source: spec 10 §3.

use serde_json::{Value, json};
use trunkline_testkit::TestServer;

/// The manifest of C6, of an app whose webhooks nobody looks at.
pub(super) fn manifest() -> Value {
    manifest_of("sms--Demo--", "https://bridge.example.org/notifications/event")
}

/// The manifest of C6: all five types go to one endpoint.
pub(super) fn manifest_of(name: &str, endpoint: &str) -> Value {
    let webhook = json!({"headers": [], "endpoint": endpoint});
    json!({
        "client_name": name, "description": "SMS bridge", "enabled": true,
        "grant_types": ["client_credentials", "authorization_code", "refresh_token"],
        "scope": "msg.consumer", "logo_uri": "",
        "capabilities": {
            "webhooks": {
                "ms.MessagingEventNotification.ContentEvent": webhook,
                "ms.MessagingEventNotification.RichContentEvent": webhook,
                "ms.MessagingEventNotification.AcceptStatusEvent": webhook,
                "ms.MessagingEventNotification.ChatStateEvent": webhook,
                "cqm.ExConversationChangeNotification": webhook,
                "retry": {"retention_time": 9200}
            },
            "engagement": {
                "design_engagement": false, "design_window": false, "language_selection": false,
                "entry_point": ["section", "url"],
                "visitor_behavior": ["visited_location", "time_on_location", "flow", "engaged_in_session",
                    "about_to_abandon", "cart_value", "visitor_error", "viewed_products", "service_activity", "cart_items"],
                "target_audience": ["external_referral", "search_keywords", "ip", "platform", "geo_location",
                    "returning_visitors", "marketing_source", "customer_type", "age", "balance", "customer_id",
                    "gender", "store_zip_code", "store_number", "company_size", "registration_date"],
                "goal": ["url", "purchase_total", "num_of_pages", "lead", "service_activity"],
                "consumer_identity": ["auth"]
            }
        }
    })
}

/// The features that the user may select; none, some or all of them.
pub(super) const FEATURES: [&str; 4] = ["AUTO_MESSAGES", "RICH_CONTENT", "QUICK_REPLIES", "MULTI_DIALOG"];

/// What the user may fill in before the first message.
#[derive(Debug, Clone)]
pub(super) struct Form {
    /// `"-1"`, or −1 where the field is empty.
    pub(super) skill: Value,
    /// Numbers until somebody types in others, which are strings.
    pub(super) campaign: Value,
    pub(super) engagement: Value,
    pub(super) features: Vec<&'static str>,
}

impl Default for Form {
    fn default() -> Self {
        Self { skill: json!(-1), campaign: json!(5100), engagement: json!(5200), features: FEATURES.to_vec() }
    }
}

impl Form {
    /// `Client-Properties` of every call of the Send API.
    pub(super) fn client_properties(&self) -> String {
        json!({"type": ".ClientProperties", "features": self.features}).to_string()
    }

    /// S1.
    pub(super) fn conversation(&self) -> Value {
        json!([
            {"kind": "req", "id": "2,", "type": "userprofile.SetUserProfile", "body": {
                "firstName": "Ada", "lastName": "", "avatarUrl": "http://avatar.example.org", "role": "consumer",
                "backgndImgUri": "http://image.example.org", "description": "sample",
                "privateData": {"mobileNum": "1750345346", "mail": "ada@example.org",
                    "pushNotificationData": {"serviceName": "s", "certName": "c", "token": "t"}}}},
            {"kind": "req", "id": "1,", "type": "cm.ConsumerRequestConversation", "body": {
                "ttrDefName": null, "campaignInfo": {"campaignId": self.campaign, "engagementId": self.engagement},
                "channelType": "MESSAGING", "brandId": TestServer::ACCOUNT, "skillId": self.skill,
                "conversationContext": {"visitorId": "", "sessionId": "", "interactionContextId": 2,
                    "type": "SharkContext", "lang": "en-US", "features": self.features}}}
        ])
    }
}

/// S2, S3, S4.
pub(super) fn publish(id: &str, conversation: &str, event: Value) -> Value {
    publish_to(id, conversation, conversation, event)
}

/// The same in another dialog than the main one.
#[expect(clippy::needless_pass_by_value, reason = "a call reads like the JSON it makes")]
pub(super) fn publish_to(id: &str, conversation: &str, dialog: &str, event: Value) -> Value {
    json!({"kind": "req", "id": id, "type": "ms.PublishEvent",
        "body": {"dialogId": dialog, "conversationId": conversation, "event": event}})
}

/// The event of S2.
pub(super) fn text(words: &str) -> Value {
    json!({"type": "ContentEvent", "contentType": "text/plain", "message": words})
}

/// The event of S3.
pub(super) fn chat_state(state: &str) -> Value {
    json!({"type": "ChatStateEvent", "chatState": state})
}

/// S5.
pub(super) fn close(conversation: &str) -> Value {
    json!({"kind": "req", "id": "1,", "type": "cm.UpdateConversationField", "body": {"conversationId": conversation,
        "conversationField": {"field": "ConversationStateField", "conversationState": "CLOSE"}}})
}

/// S6.
pub(super) fn close_main_dialog(conversation: &str) -> Value {
    json!({"kind": "req", "id": "2", "type": "cm.UpdateConversationField", "body": {"conversationId": conversation,
        "conversationField": {"field": "DialogChange", "type": "UPDATE", "dialog": {
            "dialogId": conversation, "state": "CLOSE", "closedCause": "Closed by consumer"}}}})
}

/// S7.
pub(super) fn upload_url(size: usize) -> Value {
    json!({"kind": "req", "id": "3", "type": "ms.GenerateURLForUploadFile",
        "body": {"fileSize": size.to_string(), "fileType": "PNG"}})
}

/// The event of S8.
pub(super) fn file(path: &str) -> Value {
    json!({"type": "ContentEvent", "contentType": "hosted/file", "message": {"caption": "Receipt",
        "relativePath": path, "fileType": "GIF", "preview": "data:image/jpeg;base64,/9j/4AAQSkZJRg=="}})
}

/// S9.
pub(super) fn download_url(path: &str) -> Value {
    json!({"kind": "req", "id": "3", "type": "ms.GenerateURLForDownloadFile", "body": {"relativePath": path}})
}
