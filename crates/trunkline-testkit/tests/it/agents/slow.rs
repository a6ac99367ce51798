//! A reader who is too slow. Source: spec 21 §6; 1 MiB may wait, and more of it for ten seconds.

use std::time::Duration;

use serde_json::json;
use trunkline_model::Role;
use trunkline_testkit::{Settings, TestServer};

use super::{Agent, is_ring};

#[tokio::test]
async fn who_reads_nothing_for_long_is_closed_with_1013() {
    let mut settings = Settings::default();
    // However busy the machine is: only the time of the account counts here.
    settings.sockets.write = Duration::from_mins(10);
    let server = TestServer::with(settings).await;
    // Somebody whose ring ends with the time that passes: the account looks at its sockets before it ends rings.
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let consumer = server.app().await.consumer("c1").await;
    let profile = json!({"firstName": "x".repeat(30_000)});
    let body = json!([
        {"kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": profile},
        {"kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation", "body": {"brandId": consumer.account}},
    ]);
    assert_eq!(consumer.request("").json(&body).send().await.unwrap().status(), 200);
    let waiting = bot.told(|frame| is_ring(frame, "WAITING")).await;
    let consumer = waiting["body"]["changes"][0]["result"]["consumerId"].as_str().unwrap().to_owned();

    let session = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let mut slow = server.agent_socket(&session).await;
    // Less than is ever kept, and far more than the system's buffers take.
    for _ in 0..270 {
        slow.send(".ams.userprofile.GetUserProfile", json!(consumer)).await;
    }
    // Once this is known to others, all answers before it wait.
    slow.send(".ams.routing.SetAgentState", json!({"availability": "AWAY"})).await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    boss.done(".ams.routing.SubscribeAgentsState", json!({})).await;
    boss.told(|frame| frame["body"].to_string().contains("AWAY")).await;
    server.clock.advance(Duration::from_secs(80));
    bot.told(|frame| is_ring(frame, "EXPIRED")).await;
    assert_eq!(slow.closed().await, (1013, "reads too slowly".to_owned()));
}
