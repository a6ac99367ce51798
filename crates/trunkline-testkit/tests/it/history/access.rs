//! Who may read what.

use std::time::Duration;

use serde_json::json;
use trunkline_model::Role;

use super::*;
use crate::agents::Agent;

#[tokio::test]
async fn agents_read_what_they_take_or_took_part_in() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let (own, other) = (app.consumer("crm-1").await, app.consumer("crm-2").await);
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let first = own.open().await;
    assert_eq!(bot.accept().await, first);
    own.say(&first, "hello").await;
    let leaving = json!({"conversationId": first, "conversationField": {"field": "ParticipantsChange",
        "type": "REMOVE", "role": "ASSIGNED_AGENT", "userId": bot.pid}});
    bot.done(".ams.cm.UpdateConversationField", leaving).await;
    own.close(&first).await;
    server.create_user(TestServer::ACCOUNT, "stranger", Role::Agent).await;
    server.create_user(TestServer::ACCOUNT, "boss", Role::Manager).await;
    // Ids of the same millisecond have no order.
    server.clock.advance(Duration::from_millis(1));
    let second = other.open().await;
    other.say(&second, "hello").await;

    for (who, readable) in [("bot", vec![&first]), ("stranger", vec![]), ("boss", vec![&first, &second])] {
        let session = server.sign_in(TestServer::ACCOUNT, who).await;
        let search = json!({"conversationIds": [first, second]});
        let answer = found(&server, &session, "conversation/search", &search).await;
        assert_eq!(ids(&answer), readable, "{who}");
        let search = json!({"start": lately()});
        let answer = found(&server, &session, "search?sort=start:asc", &search).await;
        assert_eq!(ids(&answer), readable, "{who}");
        assert_eq!(answer["_metadata"]["count"], readable.len());
        for conversation in [&first, &second] {
            let path = format!("{BASE}/conversation/content/search?conversationId={conversation}");
            let events =
                Answer::to(server.request(Method::GET, &path).bearer_auth(&session.bearer)).await.json();
            let is_shown = !events["messageEventRecords"].as_array().unwrap().is_empty();
            assert_eq!(is_shown, readable.contains(&conversation), "{who}");
        }
    }
}

/// Spec 08 §2.2, last open point.
#[tokio::test]
async fn an_account_that_is_not_there_is_told() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    server.create_account("20030040").await;
    for (account, bearer, status) in [
        ("10020030", session.bearer.as_str(), 200),
        ("10020030", "nonsense", 401),
        ("20030040", session.bearer.as_str(), 403),
        ("99999999", session.bearer.as_str(), 404),
        ("99999999", "nonsense", 404),
        ("no%20account", session.bearer.as_str(), 404),
    ] {
        let path = format!("/messaging_history/api/account/{account}/conversations/conversation/search");
        let request = server.request(Method::POST, &path).bearer_auth(bearer);
        let answer = Answer::to(request.json(&json!({"conversationId": "x"}))).await;
        assert_eq!(answer.status, status, "{account} {bearer}");
        answer.json();
    }
}

/// Spec 08 §2.2 `userType`.
#[tokio::test]
async fn bots_are_told_from_people() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let conversation = server.app().await.consumer("crm-1").await.open().await;
    bot.accept().await;
    let search = json!({"conversationId": conversation, "contentToRetrieve": ["agentParticipants"]});
    let kind = async || {
        let answer = found(&server, &session, "conversation/search", &search).await;
        let participant = &answer["conversationHistoryRecords"][0]["agentParticipants"][0];
        (participant["userType"].clone(), participant["userTypeName"].clone())
    };
    assert_eq!(kind().await, (json!("1"), json!("Human")));
    let path = "/operator/v1/accounts/10020030/users/bot/keys";
    let key =
        server.request(Method::POST, path).bearer_auth(TestServer::OPERATOR_TOKEN).send().await.unwrap();
    assert!(key.status().is_success(), "{key:?}");
    assert_eq!(kind().await, (json!("2"), json!("Bot")));
}

#[tokio::test]
async fn conversations_of_other_accounts_are_not_there() {
    let server = TestServer::new().await;
    let conversation = server.app().await.consumer("crm-1").await.open().await;
    server.create_account("20030040").await;
    server.create_user("20030040", "eve", Role::Admin).await;
    let eve = server.sign_in("20030040", "eve").await;
    let path = "/messaging_history/api/account/20030040/conversations";
    for (kind, body) in [
        ("conversation/search", json!({"conversationId": conversation})),
        ("search", json!({"start": lately()})),
    ] {
        let request = server.request(Method::POST, &format!("{path}/{kind}"));
        let answer = Answer::to(request.bearer_auth(&eve.bearer).json(&body)).await.json();
        assert_eq!(answer["conversationHistoryRecords"], json!([]), "{kind}");
    }
}
