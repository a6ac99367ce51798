//! Spec 05 §3 and §6.2.

use serde_json::{Value, json};
use trunkline_testkit::{Answer, TestServer};

#[tokio::test]
async fn the_official_samples_body_opens_a_conversation() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("0.7301").await;
    let body = json!([
        {"kind":"req","id":"2,","type":"userprofile.SetUserProfile","body":{
            "firstName":"Ada","lastName":"","avatarUrl":"http://avatar.example.org","role":"consumer",
            "backgndImgUri":"http://image.example.org","description":"sample",
            "privateData":{"mobileNum":"1750345346","mail":"ada@example.org","pushNotificationData":{
                "serviceName":"s","certName":"c","token":"t"}}}},
        {"kind":"req","id":"1,","type":"cm.ConsumerRequestConversation","body":{
            "ttrDefName":null,"campaignInfo":{"campaignId":5100,"engagementId":5200},"channelType":"MESSAGING",
            "brandId":"10020030","skillId":-1,"conversationContext":{"visitorId":"","sessionId":"",
                "interactionContextId":2,"type":"SharkContext","lang":"en-US","features":["AUTO_MESSAGES"]}}}
    ]);
    let request = consumer
        .request("")
        .header("client-properties", r#"{"type":".ClientProperties","features":["AUTO_MESSAGES"]}"#)
        .json(&body);
    let answer = Answer::to(request).await;
    assert_eq!(answer.status, 200);
    let id = answer.json()[1]["body"]["conversationId"].as_str().unwrap().to_owned();
    assert_eq!(
        answer.text,
        format!(
            r#"[{{"code":"OK","body":{{"msg":"OK User Profile set successfully"}},"reqId":"2,"}},{{"code":"OK","body":{{"conversationId":"{id}"}},"reqId":"1,"}}]"#
        )
    );
    assert_eq!(id, id.to_lowercase());
    assert_eq!(id.len(), 36);
}

#[tokio::test]
async fn a_second_open_conversation_is_refused_with_the_documented_answer() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let first = consumer.open().await;
    let answer = consumer.try_open().await;
    assert_eq!(answer.status, 400);
    let consumer_id = consumer.log(&first).await[0]["consumerId"].as_str().unwrap().to_owned();
    assert_eq!(
        answer.text,
        format!(
            r#"[{{"code":"OK","body":{{"msg":"OK User Profile set successfully"}},"reqId":"a1"}},{{"code":"BAD_REQUEST","body":{{"msg":"Consumer request conversation failed: User {consumer_id} already has open conversation. Can't open another one."}},"reqId":"a2"}}]"#
        )
    );
    consumer.close(&first).await;
    assert_ne!(consumer.open().await, first);
}

#[tokio::test]
async fn two_consumers_and_two_accounts_do_not_disturb_each_other() {
    let server = TestServer::new().await;
    server.create_account("20030040").await;
    let here = server.app().await;
    let there = server.app_named("20030040", "com.example.sms-bridge").await;
    let first = here.consumer("crm-4711").await.open().await;
    let second = here.consumer("crm-4712").await.open().await;
    let third = there.consumer("crm-4711").await.open().await;
    assert!(first != second && second != third && first != third);
}

#[tokio::test]
async fn of_many_simultaneous_requests_one_opens() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let bodies = (0..16).map(|_| consumer.try_open()).collect::<Vec<_>>();
    let mut opened = 0;
    for answer in join_all(bodies).await {
        match answer.status {
            200 => opened += 1,
            400 => assert!(answer.text.contains("already has open conversation")),
            other => panic!("{other}: {answer:?}"),
        }
    }
    assert_eq!(opened, 1);
}

async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        let mut pending = false;
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none() {
                match future.as_mut().poll(cx) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    outputs.into_iter().map(Option::unwrap).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "a call reads like the JSON it makes")]
fn element(kind: &str, id: &str, body: Value) -> Value {
    json!({"kind": "req", "id": id, "type": kind, "body": body})
}

const PROFILE: &str = "userprofile.SetUserProfile";
const REQUEST: &str = "cm.ConsumerRequestConversation";

#[tokio::test]
async fn a_missing_brand_is_40001() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    for body in [json!({}), json!({"brandId": null}), json!({"brandId": ""})] {
        let body = json!([element(PROFILE, "a1", json!({})), element(REQUEST, "a2", body)]);
        let answer = Answer::to(consumer.request("").json(&body)).await;
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.text,
            r#"{"kind":"resp","code":400,"body":{"title":"Missing parameter","details":"Brand Id is missing","errorCode":40001},"type":".ReqBody$ErrorResp"}"#
        );
    }
}

#[tokio::test]
async fn a_bad_request_behind_a_good_profile_is_answered_in_the_array_form() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    for bad in [
        element(REQUEST, "a2", json!({"brandId": "another"})),
        element(REQUEST, "a2", json!({"brandId": "10020030", "channelType": "CHAT"})),
        element(REQUEST, "a2", json!({"brandId": "10020030", "ttrDefName": "SOON"})),
        element(REQUEST, "a2", json!({"brandId": "10020030", "skillId": "12345678901"})),
        element("ms.PublishEvent", "a2", json!({})),
        element(PROFILE, "a2", json!({})),
    ] {
        let body = json!([element(PROFILE, "a1", json!({})), bad]);
        let answer = Answer::to(consumer.request("").json(&body)).await;
        assert_eq!(answer.status, 400, "{body}");
        let results = answer.json();
        assert_eq!(results[0]["code"], "OK", "{results}");
        assert_eq!(results[1], json!({"code":"BAD_REQUEST","body":{"msg":"Bad Request"},"reqId":"a2"}));
    }
    consumer.open().await;
}

#[tokio::test]
async fn another_number_or_order_of_elements_is_refused_and_does_nothing() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let profile = element(PROFILE, "a1", json!({}));
    let request = element(REQUEST, "a2", json!({"brandId": "10020030"}));
    for body in [
        json!([profile]),
        json!([request]),
        json!([request, profile]),
        json!([profile, request, profile]),
        json!([7, request]),
    ] {
        let answer = Answer::to(consumer.request("").json(&body)).await;
        assert_eq!(answer.status, 400, "{body}");
        let results = answer.json();
        assert_eq!(results.as_array().unwrap().len(), body.as_array().unwrap().len());
        assert!(results.as_array().unwrap().iter().all(|result| result["code"] == "BAD_REQUEST"));
    }
    consumer.open().await;
}

#[tokio::test]
async fn anything_but_an_array_is_answered_in_the_object_form() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    for body in ["{}", "[]", "7", "", "[", "{\"a\":", "\"text\""] {
        let answer = Answer::to(consumer.request("").body(body)).await;
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.text, r#"{"code":"BAD_REQUEST","body":{"msg":"Bad Request"},"reqId":""}"#,
            "{body}"
        );
    }
}

#[tokio::test]
async fn the_client_that_sends_object_object_as_properties_is_served() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let body =
        json!([element(PROFILE, "1", json!({})), element(REQUEST, "1", json!({"brandId": "10020030"}))]);
    let request = consumer.request("").header("client-properties", "[object Object]").json(&body);
    assert_eq!(Answer::to(request).await.status, 200);
}

#[tokio::test]
async fn behind_a_refused_profile_nothing_is_opened() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let request = element(REQUEST, "a2", json!({"brandId": "10020030"}));
    for profile in [json!({"description": "x".repeat(70_000)}), json!({"firstName": 5}), json!("text")] {
        let body = json!([element(PROFILE, "a1", profile), request]);
        let answer = Answer::to(consumer.request("").json(&body)).await;
        assert_eq!(answer.status, 400);
        let results = answer.json();
        assert_eq!(results[0], json!({"code":"BAD_REQUEST","body":{"msg":"Bad Request"},"reqId":"a1"}));
        assert_eq!(results[1], json!({"code":"BAD_REQUEST","body":{"msg":"Bad Request"},"reqId":"a2"}));
    }
    consumer.open().await;
}

#[tokio::test]
async fn a_profile_that_grows_too_large_by_merging_is_refused_and_opens_nothing() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let ask = async |name: &str| {
        let profile = element(PROFILE, "a1", json!({name: "x".repeat(60_000)}));
        let body = json!([profile, element(REQUEST, "a2", json!({"brandId": "10020030"}))]);
        Answer::to(consumer.request("").json(&body)).await.json()
    };
    let opened = ask("a").await;
    assert_eq!(ask("b").await[0]["code"], "OK");
    consumer.close(opened[1]["body"]["conversationId"].as_str().unwrap()).await;
    let refused = ask("c").await;
    assert!(refused.as_array().unwrap().iter().all(|result| result["code"] == "BAD_REQUEST"), "{refused}");
    consumer.open().await;
}

#[tokio::test]
async fn simultaneous_profiles_of_one_consumer_are_all_kept() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let bodies: Vec<_> =
        (0..16).map(|n| element(PROFILE, "p", json!({format!("member{n}"): "kept"}))).collect();
    let answers = join_all(bodies.iter().map(|body| consumer.send(body)).collect()).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let account = TestServer::account();
    let conversation = consumer.open().await;
    let id = consumer.log(&conversation).await[0]["consumerId"].as_str().unwrap().parse().unwrap();
    let known = server.services.storage.consumer_profile(&account, id).await.unwrap().unwrap();
    for n in 0..16 {
        assert!(known.profile.as_str().contains(&format!("\"member{n}\":\"kept\"")), "{n}");
    }
}
