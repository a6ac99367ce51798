//! What a visitor came by. Source: spec 05 §9.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_testkit::{Answer, TestServer};

async fn engage(server: &TestServer, app: &str, query: &str, body: &Value) -> Answer {
    let path = format!("/api/account/10020030/app/{app}/engagement?v=1.0{query}");
    Answer::to(server.request(Method::POST, &path).json(body)).await
}

fn identity(sub: &str) -> Value {
    json!({"identities": [{"iss": "https://example.org", "acr": "loa1", "sub": sub}],
        "clientProperties": {"deviceFamily": "MOBILE"}, "entryPoints": ["tel://31201234567", "lang://En"],
        "engagementAttributes": []})
}

async fn set(server: &TestServer, rule: Value) {
    let request = server.request(Method::PUT, "/operator/v1/accounts/10020030/engagements");
    let answer = Answer::to(request.bearer_auth(TestServer::OPERATOR_TOKEN).json(&rule)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn a_visitor_gets_the_accounts_engagement_and_its_conversation() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let id = app.id.to_string();
    let skill = server.request(Method::POST, "/operator/v1/accounts/10020030/skills");
    let skill = Answer::to(skill.bearer_auth(TestServer::OPERATOR_TOKEN).json(&json!({"name": "x"}))).await;
    let skill = skill.json()["id"].clone();

    let first = engage(&server, &id, "", &identity("crm-1")).await;
    assert_eq!((first.status, first.header("content-type")), (201, Some("application/json")));
    let visit = first.json();
    assert!(visit.get("engagementDetails").is_none(), "the account has no engagement: {visit}");
    set(&server, json!({"campaign": "5000", "skill": skill})).await;
    set(&server, json!({"campaign": "5100", "engagement": "5300", "skill": skill})).await;

    let text = |name: &str| visit[name].as_str().unwrap().to_owned();
    let shown = format!("&vid={}&sid={}", text("visitorId"), text("sessionId"));
    let again = engage(&server, &id, &shown, &identity("crm-1")).await;
    assert_eq!(again.status, 200);
    let again = again.json();
    assert_eq!((&again["visitorId"], &again["sessionId"]), (&visit["visitorId"], &visit["sessionId"]));
    let mut details = json!({"campaignId": 5100, "engagementId": 5300, "engagementRevision": 1, "contextId": "1",
        "connectorId": 1, "status": "expose"});
    assert_eq!(again["engagementDetails"], json!([details]));

    let consumer = app.consumer("crm-1").await;
    let conversation = consumer.open().await;
    details["status"] = json!("conversation");
    details["conversationId"] = json!(conversation);
    details.as_object_mut().unwrap().remove("contextId");
    // One element stands for a list of one (spec 00 §5).
    let alone = json!({"identities": {"iss": "https://example.org", "acr": "loa1", "sub": "crm-1"}});
    for body in [identity("crm-1"), json!({"consumerId": "crm-1"}), alone] {
        let talking = engage(&server, &id, &shown, &body).await.json();
        assert_eq!(talking["engagementDetails"], json!([details]));
    }
    for body in [identity("crm-2"), json!({})] {
        let other = engage(&server, &id, &shown, &body).await.json();
        assert_eq!(other["engagementDetails"][0]["status"], "expose");
    }
    consumer.close(&conversation).await;
    let closed = engage(&server, &id, &shown, &identity("crm-1")).await.json();
    assert_eq!(closed["engagementDetails"][0]["status"], "expose");
}

#[tokio::test]
async fn what_is_no_visit_is_refused() {
    let server = TestServer::new().await;
    let id = server.app().await.id.to_string();
    let long = format!("&vid={}", "x".repeat(129));
    for (account, app, query, body, status) in [
        ("10020030", id.as_str(), "?v=1.0", "{}", 201),
        ("10020030", id.as_str(), "?v=2.0", "{}", 404),
        ("10020030", id.as_str(), "", "{}", 404),
        ("99", id.as_str(), "?v=1.0", "{}", 404),
        ("10020030", "75588e18-0213-4e33-8174-883acac7e3c4", "?v=1.0", "{}", 404),
        ("10020030", "nonsense", "?v=1.0", "{}", 404),
        ("10020030", id.as_str(), "?v=1.0", "{", 400),
        ("10020030", id.as_str(), "?v=1.0", r#"{"identities":7}"#, 400),
        ("10020030", id.as_str(), "?v=1.0", r#"{"consumerId":""}"#, 400),
        ("10020030", id.as_str(), &format!("?v=1.0{long}"), "{}", 400),
    ] {
        let path = format!("/api/account/{account}/app/{app}/engagement{query}");
        let answer = Answer::to(server.request(Method::POST, &path).body(body)).await;
        assert_eq!(answer.status, status, "{path} {body}: {answer:?}");
        if status != 201 {
            let error = answer.json();
            assert_eq!(error["internalCode"], 20);
            assert!(error["time"].is_i64() && error["message"].is_string(), "{error}");
        }
    }
}
