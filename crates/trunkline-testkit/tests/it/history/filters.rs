//! Searches that only want some of the conversations. Source: spec 08 §2, §3.

use serde_json::json;
use trunkline_model::Role;

use super::*;
use crate::agents::Agent;
use crate::consumers;

/// A page's own consumer comes by no connector, and yet not by an agent.
#[tokio::test]
async fn who_opened_a_conversation_decides_its_source() {
    let server = consumers::server().await;
    let session = admin(&server).await;
    let mut page = consumers::newcomer(&server).await;
    let chat = consumers::open(&mut page).await;
    consumers::say(&mut page, &chat, "hello").await;
    let consumer = server.app().await.consumer("crm-1").await;
    let by_connector = consumer.open().await;
    consumer.say(&by_connector, "hello").await;
    let by_consumers = [&chat, &by_connector];
    let search = json!({"conversationIds": by_consumers});
    let whole = found(&server, &session, "conversation/search", &search).await;
    let mut by_agents = Vec::new();
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    for record in whole["conversationHistoryRecords"].as_array().unwrap() {
        let close = json!({"conversationId": record["info"]["conversationId"],
            "conversationField": [{"field": "ConversationStateField", "conversationState": "CLOSE"}]});
        boss.done(".ams.cm.UpdateConversationField", close).await;
        let consumer = &record["consumerParticipants"][0]["participantId"];
        let opened = boss.done(".ams.cm.AgentRequestConversation", json!({"consumerId": consumer})).await;
        let opened = opened["conversationId"].as_str().unwrap();
        boss.say(opened, "One more thing.").await;
        by_agents.push(opened.to_owned());
    }
    for (source, mut expected) in [("APP", by_consumers.to_vec()), ("AGENT", by_agents.iter().collect())] {
        let body = json!({"start": lately(), "source": [source], "contentToRetrieve": ["messageRecords"]});
        let answer = found(&server, &session, "search", &body).await;
        let mut shown = ids(&answer);
        shown.sort_unstable();
        expected.sort_unstable();
        assert_eq!(shown, expected, "{source}");
        for record in answer["conversationHistoryRecords"].as_array().unwrap() {
            assert_eq!(
                (&record["info"]["source"], &record["messageRecords"][0]["source"]),
                (&json!(source), &json!(source))
            );
        }
    }
}

/// Clients that always write all their filters write an empty list for one that nobody set.
#[tokio::test]
async fn an_empty_list_filters_nothing() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    let conversation = server.app().await.consumer("crm-1").await.open().await;
    for filter in ["skillIds", "latestSkillIds", "agentIds", "latestAgentIds", "source", "status"] {
        let answer = found(&server, &session, "search", &json!({"start": lately(), filter: []})).await;
        assert_eq!(ids(&answer), [&conversation], "{filter}");
    }
    let consumer = found(&server, &session, "conversation/search", &json!({"conversationId": conversation}))
        .await["conversationHistoryRecords"][0]["consumerParticipants"][0]["participantId"]
        .clone();
    let answer =
        found(&server, &session, "consumer/search", &json!({"consumer": consumer, "status": []})).await;
    assert_eq!(ids(&answer), [&conversation]);
}
