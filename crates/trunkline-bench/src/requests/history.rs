//! Searches of conversation history. Source: spec 08.

use serde::Deserialize;
use serde_json::json;

use crate::http::{Answer, Request};

/// What a search takes in the official sample. Source: spec 08 §1.
const CONTENT: [&str; 9] = [
    "campaign",
    "messageRecords",
    "agentParticipants",
    "agentParticipantsLeave",
    "agentParticipantsActive",
    "consumerParticipants",
    "transfers",
    "messageScores",
    "messageStatuses",
];

/// A user who may read the history of an account.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The account.
    pub account: String,
    /// The session's bearer.
    pub bearer: String,
}

impl Reader {
    /// Searches one conversation, as the official sample does. Source: spec 08 §1.
    pub fn conversation(&self, id: &str) -> Vec<u8> {
        let path = "conversation/search?offset=0&limit=100&sort=start%3Adesc&NC=true&__d=2013";
        self.search(path, &json!({"conversationId": id, "contentToRetrieve": CONTENT}))
    }

    /// Searches the conversations of a consumer. Source: spec 08 §3.
    pub fn consumer(&self, id: &str) -> Vec<u8> {
        self.search("consumer/search?limit=50", &json!({"consumer": id, "contentToRetrieve": CONTENT}))
    }

    /// Searches conversations of these milliseconds for a word, oldest first: each must be read to know. Source: spec 08 §3.
    pub fn keyword(&self, (from, to): (i64, i64), word: &str, cursor: Option<&str>) -> Vec<u8> {
        let place = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let path = format!("search?limit=100&sort=start:asc{place}");
        self.search(&path, &json!({"start": {"from": from, "to": to}, "keyword": word}))
    }

    fn search(&self, path: &str, body: &serde_json::Value) -> Vec<u8> {
        Request::post(&format!("/messaging_history/api/account/{}/conversations/{path}", self.account))
            .header("Authorization", &format!("Bearer {}", self.bearer))
            .json(&body.to_string())
    }
}

/// What the answer to a search says beside its records.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Page {
    /// How many conversations were found.
    pub count: usize,
    /// Where to go on; `None` at the end.
    pub cursor: Option<String>,
}

impl Page {
    /// Reads it; `None` when the search was refused.
    pub fn answered(answer: &Answer<'_>) -> Option<Self> {
        #[derive(Deserialize)]
        struct Found {
            #[serde(rename = "_metadata")]
            metadata: Page,
        }
        let found: Found = (answer.status == 200).then(|| serde_json::from_slice(answer.body).ok())??;
        Some(found.metadata)
    }
}

/// What the first record of an answer says of its conversation. Source: spec 08 §2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The consumer's id.
    pub consumer: String,
    /// When the conversation began, in milliseconds.
    pub started: i64,
}

impl Facts {
    /// Reads them; `None` when nothing was found.
    pub fn answered(answer: &Answer<'_>) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Found {
            conversation_history_records: Vec<Record>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Record {
            info: Info,
            consumer_participants: Vec<Participant>,
        }
        #[derive(Deserialize)]
        struct Info {
            #[serde(rename = "startTimeL")]
            start: i64,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Participant {
            participant_id: String,
        }
        let found: Found = (answer.status == 200).then(|| serde_json::from_slice(answer.body).ok())??;
        let record = found.conversation_history_records.into_iter().next()?;
        let consumer = record.consumer_participants.into_iter().next()?.participant_id;
        Some(Self { consumer, started: record.info.start })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_where_to_go_on() {
        let body = br#"{"_metadata":{"count":0,"self":{"rel":"self","href":"x"},"cursor":"c1"},"conversationHistoryRecords":[]}"#;
        let page = Page::answered(&Answer { status: 200, body });
        assert_eq!(page, Some(Page { count: 0, cursor: Some("c1".to_owned()) }));
        assert_eq!(Page::answered(&Answer { status: 503, body }), None);
        assert_eq!(Facts::answered(&Answer { status: 200, body }), None);
    }

    #[test]
    fn a_record_names_its_consumer_and_its_start() {
        let body = br#"{"conversationHistoryRecords":[{"info":{"startTimeL":17},"consumerParticipants":[{"participantId":"c"}]}]}"#;
        let facts = Facts::answered(&Answer { status: 200, body });
        assert_eq!(facts, Some(Facts { consumer: "c".to_owned(), started: 17 }));
    }

    #[test]
    fn a_search_goes_on_after_a_cursor() {
        let reader = Reader { account: "1".to_owned(), bearer: "b".to_owned() };
        let request = String::from_utf8(reader.keyword((5, 6), "kettle", Some("c1"))).unwrap();
        assert!(request.contains("/conversations/search?limit=100&sort=start:asc&cursor=c1 "), "{request}");
        assert!(request.ends_with(r#"{"keyword":"kettle","start":{"from":5,"to":6}}"#), "{request}");
    }
}
