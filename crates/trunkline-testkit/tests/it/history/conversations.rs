//! Conversations by id, and their events. Source: spec 08 §1, §2, §3.

use std::time::Duration;

use serde_json::json;
use trunkline_model::Role;

use super::*;
use crate::agents::Agent;

#[tokio::test]
async fn a_conversation_is_shown_with_everybodys_messages() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    let consumer = server.app().await.consumer("crm-1").await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let conversation = consumer.open().await;
    assert_eq!(bot.accept().await, conversation);
    consumer.say(&conversation, "Is the shop open?").await;
    bot.hears("Is the shop open?").await;
    server.clock.advance(Duration::from_millis(1500));
    bot.say(&conversation, "Until eight.").await;

    let search = json!({"conversationId": conversation, "contentToRetrieve": ["messageRecords", "messageStatuses",
        "agentParticipants", "agentParticipantsActive", "interactions", "dialogs", "nonsense"]});
    let answer =
        found(&server, &session, "conversation/search?offset=0&limit=100&sort=%zz&NC=true", &search).await;
    assert_eq!(answer["_metadata"]["count"], 1);
    assert_eq!(answer["_metadata"]["shardsStatusResult"]["partialResult"], false);
    let href = answer["_metadata"]["self"]["href"].as_str().unwrap();
    assert!(href.starts_with("https://") && href.ends_with("/conversation/search"), "{href}");
    let record = &answer["conversationHistoryRecords"][0];
    let user = bot.aid.strip_prefix("10020030.").unwrap();
    let messages: Vec<_> = record["messageRecords"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| json!([message["messageData"]["msg"]["text"], message["sentBy"], message["seq"]]))
        .collect();
    assert_eq!(messages, [json!(["Is the shop open?", "Consumer", 0]), json!(["Until eight.", "Agent", 1])]);
    assert_eq!(record["messageRecords"][1]["participantId"], user);
    assert_eq!(record["messageRecords"][1]["time"], "2023-11-14 22:13:21.500+0000");
    assert_eq!(record["messageStatuses"], json!([]));
    let info = &record["info"];
    assert_eq!((&info["latestAgentId"], &info["latestAgentLoginName"]), (&json!(user), &json!("bot")));
    assert_eq!(info["firstConversation"], true);
    let participant = &record["agentParticipants"][0];
    assert_eq!((&participant["agentPid"], &participant["role"]), (&json!(bot.pid), &json!("AGENT")));
    assert_eq!(record["agentParticipantsActive"], record["agentParticipants"]);
    assert_eq!(record["interactions"][0]["assignedAgentNickname"], "bot");
    assert!(record.get("transfers").is_none() && record.get("sdes").is_none());
}

#[tokio::test]
async fn a_consumers_profile_is_shown_with_the_conversation() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    let consumer = server.app().await.consumer("crm-1").await;
    let body = json!([
        {"kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {"firstName": "Ada",
            "privateData": {"mail": "ada@example.org"},
            "authenticatedData": {"lp_sdes": [{"type": "ctmrinfo", "info": {"socialId": "ig:4711"}}]}}},
        {"kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation", "body": {"brandId": "10020030",
            "campaignInfo": {"campaignId": 5100, "engagementId": "5200"},
            "conversationContext": {"type": "SharkContext", "lang": "en-US", "interactionContextId": 2}}},
    ]);
    let request = consumer.request("").header(
        "client-properties",
        r#"{"type":".ClientProperties","deviceFamily":"DESKTOP","features":["RICH_CONTENT"]}"#,
    );
    let opened = Answer::to(request.json(&body)).await.json();
    let conversation = &opened[1]["body"]["conversationId"];
    let answer =
        found(&server, &session, "conversation/search?v=2", &json!({"conversationIds": [conversation, "x"]}))
            .await;
    let record = &answer["conversationHistoryRecords"][0];
    assert_eq!(record["campaign"], json!({"campaignId": "5100", "campaignEngagementId": "5200"}));
    let shown = &record["consumerParticipants"][0];
    assert_eq!((&shown["firstName"], &shown["email"]), (&json!("Ada"), &json!("ada@example.org")));
    assert_eq!((&shown["phone"], &shown["token"]), (&json!("undefined"), &json!("undefined")));
    let sde = &record["sdes"]["events"][0];
    assert_eq!(
        (&sde["sdeType"], &sde["serverTimeStamp"]),
        (&json!("CUSTOMER_INFO"), &json!(1_700_000_000_000_i64))
    );
    let info = &record["info"];
    assert_eq!((&info["device"], &info["language"]), (&json!("DESKTOP"), &json!("en-US")));
    assert_eq!((&info["interactionContextId"], &info["features"]), (&json!("2"), &json!(["RICH_CONTENT"])));
}

#[tokio::test]
async fn several_conversations_come_in_the_order_they_are_named() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    let app = server.app().await;
    let one = app.consumer("crm-1").await.open().await;
    let other = app.consumer("crm-2").await.open().await;
    let search = json!({"conversationId": other, "conversationIds": [one, other, "b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57"]});
    let answer = found(&server, &session, "conversation/search", &search).await;
    assert_eq!(ids(&answer), [&other, &one]);
    assert_eq!(answer["_metadata"]["count"], 2);
}

#[tokio::test]
async fn an_unknown_conversation_is_an_empty_list() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    for id in ["b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57", "no id"] {
        let answer = found(&server, &session, "conversation/search", &json!({"conversationId": id})).await;
        assert_eq!(answer["conversationHistoryRecords"], json!([]));
        assert_eq!(answer["_metadata"]["count"], 0);
    }
}

#[tokio::test]
async fn what_names_no_conversation_is_refused() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    let too_many = json!({"conversationIds": vec!["b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57"; 101]});
    for body in
        [json!({}), json!({"conversationIds": []}), json!([]), json!({"conversationId": {}}), too_many]
    {
        let answer = ask(&server, &session, "conversation/search", &body).await;
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("bad_request")), "{body:.60}");
    }
}

/// What the brand's side keeps to itself is no part of what the consumer could read.
#[tokio::test]
async fn events_are_those_that_the_consumer_could_read() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    let consumer = server.app().await.consumer("crm-1").await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let conversation = consumer.open().await;
    bot.accept().await;
    consumer.say(&conversation, "hello").await;
    let private = json!({"dialogId": conversation, "messageAudience": "AGENTS_AND_MANAGERS",
        "event": {"type": "ContentEvent", "contentType": "text/plain", "message": "between us"}});
    bot.done(".ams.ms.PublishEvent", private).await;
    let rich = json!({"dialogId": conversation, "event": {"type": "RichContentEvent", "content": {"type": "vertical", "elements": []}}});
    bot.done(".ams.ms.PublishEvent", rich).await;
    let read = json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [2]});
    assert_eq!(consumer.publish(&conversation, read).await.status, 200);
    for list in [json!([0, 1]), json!([1])] {
        let read = json!({"dialogId": conversation,
            "event": {"type": "AcceptStatusEvent", "status": "READ", "sequenceList": list}});
        bot.done(".ams.ms.PublishEvent", read).await;
    }

    let get = async |query: &str| {
        let path = format!("{BASE}/conversation/content/search?{query}");
        Answer::to(server.request(Method::GET, &path).bearer_auth(&session.bearer)).await
    };
    let whole = get(&format!("conversationId={conversation}")).await.json();
    let events = whole["messageEventRecords"].as_array().unwrap();
    assert_eq!(events.len(), 4, "a receipt for nothing but private messages is none: {whole}");
    assert_eq!(events[3]["event"]["sequenceList"], json!([0]));
    assert_eq!((&events[0]["sequence"], &events[0]["event"]["message"]), (&json!(0), &json!("hello")));
    assert_eq!(events[0]["serverTimestamp"], 1_700_000_000_000_i64);
    assert_eq!(events[1]["originatorId"], json!(bot.pid));
    assert_eq!(events[1]["event"]["content"], r#"{"elements":[],"type":"vertical"}"#);
    assert!(events[2].get("sequence").is_none(), "receipts have no number here");
    assert!(whole.get("cursor").is_none());

    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = get(&format!("conversationId={conversation}&limit=1{cursor}")).await.json();
        paged.extend(page["messageEventRecords"].as_array().unwrap().clone());
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(&paged, events);
    let second = get(&format!("conversationId={conversation}&offset=1&limit=1&sort=start:asc")).await.json();
    assert_eq!(second["messageEventRecords"], json!([events[1]]));
    let with = |more: &str| format!("conversationId={conversation}&{more}");
    for query in
        [String::new(), "conversationId=".to_owned(), with("cursor=y"), with("limit=0"), with("offset=x")]
    {
        assert_eq!(get(&query).await.status, 400, "{query}");
    }
    assert_eq!(get("conversationId=x").await.json(), json!({"messageEventRecords": []}));
}
