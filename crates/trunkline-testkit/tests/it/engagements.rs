//! Which skill a conversation gets. Source: spec 05 §3.1, open point on `skillId` and `campaignInfo`.

use serde_json::{Value, json};
use trunkline_testkit::{Answer, Consumer, TestServer};

async fn operate(server: &TestServer, method: reqwest::Method, path: &str, body: Value) -> Answer {
    let path = format!("/operator/v1/accounts/{}/{path}", TestServer::ACCOUNT);
    let request = server.request(method, &path).bearer_auth(TestServer::OPERATOR_TOKEN);
    Answer::to(if body.is_null() { request } else { request.json(&body) }).await
}

/// The skill of a conversation that is opened like this; it is closed again.
async fn skill(consumer: &Consumer<'_>, body: Value) -> String {
    let mut request = json!({"brandId": TestServer::ACCOUNT});
    request.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    let body = json!([
        {"kind": "req", "id": "a1", "type": "userprofile.SetUserProfile", "body": {}},
        {"kind": "req", "id": "a2", "type": "cm.ConsumerRequestConversation", "body": request},
    ]);
    let answer = Answer::to(consumer.request("").json(&body)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let id = answer.json()[1]["body"]["conversationId"].as_str().unwrap().to_owned();
    let storage = &consumer.server.services.storage;
    let conversation = trunkline_wire::ConversationId::parse(&id).unwrap();
    let state = storage.conversation(&TestServer::account(), conversation).await.unwrap().unwrap();
    assert_eq!(consumer.close(&id).await.status, 200);
    state.skill.to_string()
}

#[tokio::test]
async fn the_campaign_goes_before_the_skill_and_the_skill_before_the_default() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let mut skills = Vec::new();
    for name in ["campaign", "engagement", "both", "asked for"] {
        let created = operate(&server, reqwest::Method::POST, "skills", json!({"name": name})).await;
        skills.push(created.json()["id"].as_str().unwrap().to_owned());
    }
    for body in [
        json!({"campaign": "5100", "skill": skills[0]}),
        json!({"engagement": 5200, "skill": skills[1]}),
        json!({"campaign": 5100, "engagement": "5300", "skill": skills[2]}),
    ] {
        let set = operate(&server, reqwest::Method::PUT, "engagements", body).await;
        assert_eq!(set.status, 200, "{set:?}");
    }
    let campaign = |campaign: Value, engagement: Value| json!({"skillId": skills[3], "campaignInfo": {"campaignId": campaign, "engagementId": engagement}});
    for (body, expected) in [
        (campaign(json!("5100"), json!("5300")), &skills[2]),
        (campaign(json!(5100), json!(5300)), &skills[2]),
        (campaign(json!(5100), json!("5200")), &skills[1]),
        (campaign(json!(5100), json!(5400)), &skills[0]),
        (campaign(json!(5100), Value::Null), &skills[0]),
        (campaign(json!(1), json!(2)), &skills[3]),
        (json!({"campaignInfo": {"campaignId": 5100}}), &skills[0]),
        (json!({"skillId": skills[3]}), &skills[3]),
        (json!({}), &"-1".to_owned()),
    ] {
        assert_eq!(&skill(&consumer, body.clone()).await, expected, "{body}");
    }
    let removed =
        operate(&server, reqwest::Method::POST, "engagements/remove", json!({"campaign": 5100})).await;
    assert_eq!(removed.status, 200, "{removed:?}");
    assert_eq!(skill(&consumer, campaign(json!(5100), Value::Null)).await, skills[3], "at once");
    let list = operate(&server, reqwest::Method::GET, "engagements", Value::Null).await.json();
    let expected = json!([
        {"campaign": null, "engagement": "5200", "skill": skills[1]},
        {"campaign": "5100", "engagement": "5300", "skill": skills[2]},
    ]);
    assert_eq!((&list["engagements"], &list["account"]), (&expected, &json!(TestServer::ACCOUNT)));
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused() {
    let server = TestServer::new().await;
    for body in [
        json!({"skill": "101"}),
        json!({"campaign": "5100"}),
        json!({"campaign": "5100", "skill": "4242"}),
        json!({"campaign": "5100", "skill": "-1"}),
        json!({"campaign": "", "skill": "101"}),
        json!({"campaign": 1.5, "skill": "101"}),
        json!({"engagement": "x".repeat(65), "skill": "101"}),
    ] {
        let refused = operate(&server, reqwest::Method::PUT, "engagements", body.clone()).await;
        assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &json!("invalid")), "{body}");
    }
    let missing = operate(&server, reqwest::Method::POST, "engagements/remove", json!({"campaign": 7})).await;
    assert_eq!(missing.status, 404, "{missing:?}");
    for body in [
        json!({}),
        json!({"close_after_seconds": 0}),
        json!({"close_after_seconds": "7d"}),
        json!({"close_after_seconds": 4_000_000_000_u64}),
        json!({"offer": "never"}),
        json!({"ttr_normal_seconds": 0}),
    ] {
        let refused = operate(&server, reqwest::Method::PATCH, "behaviour", body.clone()).await;
        assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &json!("invalid")), "{body}");
    }
}
