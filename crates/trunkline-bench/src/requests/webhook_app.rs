//! Apps that want to be notified.

use std::fmt::Write as _;

use crate::http::Request;

/// The event types and a path for each. Source: spec 02 §1.2.
const WEBHOOKS: [(&str, &str); 5] = [
    ("ms.MessagingEventNotification.ContentEvent", "content"),
    ("ms.MessagingEventNotification.RichContentEvent", "rich"),
    ("ms.MessagingEventNotification.AcceptStatusEvent", "receipt"),
    ("ms.MessagingEventNotification.ChatStateEvent", "typing"),
    ("cqm.ExConversationChangeNotification", "conversation"),
];

/// How often, or how long, a failed delivery is tried again. Source: spec 06 §6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// By number: so many times, 30 s apart.
    Times(u8),
    /// By time to live: for so many seconds, the whole app.
    Seconds(u32),
}

/// An app with a webhook for every event type.
#[derive(Debug, Clone, Copy)]
pub struct WebhookApp<'a> {
    /// Its name, unique in the account.
    pub name: &'a str,
    /// Where it listens, without a slash at the end.
    pub url: &'a str,
    /// Its retry policy.
    pub retry: Retry,
    /// Whether notifications carry the Standard Webhooks headers, whose id tells conversation and version.
    pub standard_webhooks: bool,
}

impl WebhookApp<'_> {
    /// Installs it through the operator API.
    pub fn install(&self, account: &str, operator_token: &str) -> Vec<u8> {
        Request::post(&format!("/operator/v1/accounts/{account}/apps"))
            .header("Authorization", &format!("Bearer {operator_token}"))
            .json(&self.manifest())
    }

    fn manifest(&self) -> String {
        let Self { name, url, standard_webhooks, .. } = self;
        let (retry, max_retries) = match self.retry {
            Retry::Seconds(seconds) => (format!(r#""retry":{{"retention_time":{seconds}}},"#), String::new()),
            Retry::Times(times) => (String::new(), format!(r#","max_retries":{times}"#)),
        };
        let mut webhooks = String::new();
        for (place, (event, path)) in WEBHOOKS.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            // Writing into a String cannot fail.
            let _ = write!(webhooks, r#"{comma}"{event}":{{"endpoint":"{url}/{path}"{max_retries}}}"#);
        }
        format!(
            r#"{{"client_name":"{name}","grant_types":["client_credentials"],"scope":"msg.consumer","capabilities":{{"webhooks":{{{retry}{webhooks}}}}},"trunkline":{{"standard_webhooks":{standard_webhooks}}}}}"#
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_every_webhook_and_the_policy() {
        for (retry, retention, times) in
            [(Retry::Seconds(60), Some(60), None), (Retry::Times(3), None, Some(3))]
        {
            let app = WebhookApp { name: "n", url: "http://h", retry, standard_webhooks: true };
            let manifest: serde_json::Value = serde_json::from_str(&app.manifest()).unwrap();
            let webhooks = manifest["capabilities"]["webhooks"].as_object().unwrap();
            assert_eq!(webhooks.get("retry").and_then(|retry| retry["retention_time"].as_u64()), retention);
            for (event, path) in WEBHOOKS {
                assert_eq!(webhooks[event]["endpoint"], format!("http://h/{path}"));
                assert_eq!(webhooks[event]["max_retries"].as_u64(), times);
            }
            assert_eq!(manifest["trunkline"]["standard_webhooks"], true);
        }
    }
}
