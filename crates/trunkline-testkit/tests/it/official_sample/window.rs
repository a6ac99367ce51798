//! What the sample's page makes of a notification. Source: spec 10 §4.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The page of one conversation. It knows what it was notified of and nothing else.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Window {
    /// Where the user's next message goes.
    pub(super) dialog: String,
    /// What the other side said: sequence, role, and the text or card.
    pub(super) messages: Vec<(u64, String, Value)>,
    /// The titles of the quick replies shown last.
    pub(super) replies: Vec<String>,
    /// How far the user's own messages got, by their numbers.
    pub(super) marks: BTreeMap<u64, String>,
    /// What the other side is doing: only typing and being there are shown.
    pub(super) chat_state: Option<String>,
    /// The consumer's id, learnt from what the consumer did.
    pub(super) consumer: Option<String>,
    pub(super) is_over: bool,
}

impl Window {
    /// The page of a conversation that just began.
    pub(super) fn of(conversation: &str) -> Self {
        Self { dialog: conversation.to_owned(), ..Self::default() }
    }

    /// Shows a change; returns the receipt that the page answers a message with (S4).
    pub(super) fn show(&mut self, change: &Value) -> Option<Value> {
        let details = &change["result"]["conversationDetails"];
        if details.is_object() {
            self.follow(details);
            return None;
        }
        let originator = &change["originatorMetadata"];
        if originator["role"] == "CONSUMER" {
            self.consumer = originator["id"].as_str().map(str::to_owned);
            return None;
        }
        let event = &change["event"];
        match event["type"].as_str().unwrap() {
            "ContentEvent" => Some(self.message(change, &event["message"])),
            "RichContentEvent" => {
                assert!(event.get("message").is_none(), "the page would show it twice: {event}");
                let replies = event["quickReplies"]["replies"].as_array().into_iter().flatten();
                self.replies = replies.map(|reply| reply["title"].as_str().unwrap().to_owned()).collect();
                Some(self.message(change, &event["content"]))
            }
            "AcceptStatusEvent" => {
                for number in event["sequenceList"].as_array().unwrap() {
                    let status = event["status"].as_str().unwrap().to_owned();
                    self.marks.insert(number.as_u64().unwrap(), status);
                }
                None
            }
            "ChatStateEvent" => {
                let state = event["chatState"].as_str().unwrap();
                if ["COMPOSING", "ACTIVE"].contains(&state) {
                    self.chat_state = Some(state.to_owned());
                }
                None
            }
            other => panic!("the page does not know {other}"),
        }
    }

    fn follow(&mut self, details: &Value) {
        let survey = &details["dialogs"][1];
        if survey["dialogType"] == "POST_SURVEY" {
            survey["dialogId"].as_str().unwrap().clone_into(&mut self.dialog);
        }
        self.is_over = details["state"] == "CLOSE" && details["stage"] == "CLOSE";
    }

    /// Shows a message; the receipt of it.
    fn message(&mut self, change: &Value, content: &Value) -> Value {
        assert!(content.is_string() || content.is_object(), "nothing to show: {change}");
        assert!(change["serverTimestamp"].is_i64(), "{change}");
        let sequence = change["sequence"].as_u64().unwrap();
        let role = change["originatorMetadata"]["role"].as_str().unwrap().to_owned();
        self.messages.push((sequence, role, content.clone()));
        json!({"type": "AcceptStatusEvent", "status": "ACCEPT", "sequenceList": [sequence]})
    }
}
