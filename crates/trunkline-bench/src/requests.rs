//! The requests of the flow in spec 00 §3, as bytes.

mod files;
mod history;
mod webhook_app;

use crate::http::Request;

pub use files::SignedUrl;
pub use history::{Facts, Page, Reader};
pub use webhook_app::{Retry, WebhookApp};

/// Erases a consumer through the operator API.
pub fn erase(account: &str, operator_token: &str, external_id: &str) -> Vec<u8> {
    Request::post(&format!("/operator/v1/accounts/{account}/consumers/erase"))
        .header("Authorization", &format!("Bearer {operator_token}"))
        .json(&format!(r#"{{"external_id":"{external_id}"}}"#))
}

/// The AppJWT and the account it is for.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account.
    pub account: String,
    /// The connector's token, raw.
    pub app_jwt: String,
}

impl Caller {
    /// Asks for a ConsumerJWS. Source: spec 04 §1.
    pub fn consumer(&self, external_id: &str) -> Vec<u8> {
        Request::post(&format!("/api/account/{}/consumer?v=1.0", self.account))
            .header("Authorization", &self.app_jwt)
            .json(&format!(r#"{{"ext_consumer_id":"{external_id}"}}"#))
    }

    /// Opens a conversation. Source: spec 05 §3.
    pub fn conversation(&self, consumer_jws: &str) -> Vec<u8> {
        let body = format!(
            r#"[{{"kind":"req","id":"1","type":"userprofile.SetUserProfile","body":{{}}}},{{"kind":"req","id":"2","type":"cm.ConsumerRequestConversation","body":{{"brandId":"{}","channelType":"MESSAGING","ttrDefName":"NORMAL","skillId":"-1"}}}}]"#,
            self.account
        );
        self.on_behalf("/messaging/consumer/conversation?v=3", consumer_jws, &body)
    }

    /// Publishes a text. Source: spec 05 §4.1.
    pub fn text(&self, consumer_jws: &str, conversation: &str, text: &str) -> Vec<u8> {
        let body = format!(
            r#"{{"kind":"req","id":"7","type":"ms.PublishEvent","body":{{"dialogId":"{conversation}","conversationId":"{conversation}","event":{{"type":"ContentEvent","contentType":"text/plain","message":"{text}"}}}}}}"#
        );
        self.on_behalf("/messaging/consumer/conversation/send?v=3", consumer_jws, &body)
    }

    /// Publishes a chat state. Source: spec 05 §4.1.
    pub fn typing(&self, consumer_jws: &str, conversation: &str) -> Vec<u8> {
        let body = format!(
            r#"{{"kind":"req","id":"8","type":"ms.PublishEvent","body":{{"dialogId":"{conversation}","conversationId":"{conversation}","event":{{"type":"ChatStateEvent","chatState":"COMPOSING"}}}}}}"#
        );
        self.on_behalf("/messaging/consumer/conversation/send?v=3", consumer_jws, &body)
    }

    /// Closes a conversation. Source: spec 05 §4.3.
    pub fn close(&self, consumer_jws: &str, conversation: &str) -> Vec<u8> {
        let body = format!(
            r#"{{"kind":"req","id":"9","type":"cm.UpdateConversationField","body":{{"conversationId":"{conversation}","conversationField":{{"field":"ConversationStateField","conversationState":"CLOSE"}}}}}}"#
        );
        self.on_behalf("/messaging/consumer/conversation/send?v=3", consumer_jws, &body)
    }

    fn on_behalf(&self, path: &str, consumer_jws: &str, body: &str) -> Vec<u8> {
        Request::post(&format!("/api/account/{}{path}", self.account))
            .header("Authorization", &self.app_jwt)
            .header("X-LP-ON-BEHALF", consumer_jws)
            .json(body)
    }
}

/// Asks for an AppJWT, credentials in the body (variant C). Source: spec 03 §2.
pub fn app_token(account: &str, client_id: &str, client_secret: &str) -> Vec<u8> {
    Request::post(&format!("/sentinel/api/account/{account}/app/token?v=1.0"))
        .form(&format!("grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}"))
}

/// Installs an app through the operator API.
pub fn install_app(account: &str, operator_token: &str, name: &str) -> Vec<u8> {
    Request::post(&format!("/operator/v1/accounts/{account}/apps"))
        .header("Authorization", &format!("Bearer {operator_token}"))
        .json(&format!(
            r#"{{"client_name":"{name}","grant_types":["client_credentials"],"scope":"msg.consumer","capabilities":{{"webhooks":{{}}}}}}"#
        ))
}

/// Tells an app's deliveries that its endpoints are back, through the operator API.
pub fn resume_deliveries(account: &str, operator_token: &str, client_id: &str) -> Vec<u8> {
    Request::post(&format!("/operator/v1/accounts/{account}/apps/{client_id}/deliveries/resume"))
        .header("Authorization", &format!("Bearer {operator_token}"))
        .empty()
}

/// Reads a page of a conversation's log through the operator API.
pub fn conversation_log(account: &str, operator_token: &str, conversation: &str, after: u64) -> Vec<u8> {
    Request::get(&format!(
        "/operator/v1/accounts/{account}/conversations/{conversation}/log?after={after}&limit=500"
    ))
    .header("Authorization", &format!("Bearer {operator_token}"))
    .empty()
}

/// The bare echo's request: 170 bytes of JSON. Source: `yardstick::echo`.
pub fn echo() -> Vec<u8> {
    let filler = "x".repeat(170 - r#"{"id":"a-1","kind":"req","sequence":42,"text":""}"#.len());
    Request::post("/echo").json(&format!(r#"{{"id":"a-1","kind":"req","sequence":42,"text":"{filler}"}}"#))
}
