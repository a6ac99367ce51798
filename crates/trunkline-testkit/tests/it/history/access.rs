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
