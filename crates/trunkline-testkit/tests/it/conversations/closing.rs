//! Spec 05 §4.3, §6.2.

use serde_json::json;
use trunkline_testkit::TestServer;

const CLOSED: &str = "Bad Request, Conversation is close";

#[tokio::test]
async fn every_documented_way_closes_the_whole_conversation() {
    let server = TestServer::new().await;
    let app = server.app().await;
    for (n, way) in ["state", "stage", "dialog", "list"].into_iter().enumerate() {
        let consumer = app.consumer(&format!("crm-{n}")).await;
        let id = consumer.open().await;
        let state = json!({"field":"ConversationStateField","conversationState":"CLOSE"});
        let field = match way {
            "state" => state,
            "stage" => json!({"field":"Stage","conversationState":"CLOSE"}),
            "dialog" => json!({"field":"DialogChange","type":"UPDATE","dialog":{
                "dialogId":id,"state":"CLOSE","closedCause":"Closed by consumer"}}),
            _ => json!([state]),
        };
        let answer = consumer.update(&id, field).await;
        assert_eq!(
            answer.text,
            r#"{"reqId":"9","code":"OK","body":{"msg":"OK Conversation resolved successfully"}}"#
        );
        let last = consumer.log(&id).await.pop().unwrap();
        assert_eq!((&last["state"], &last["stage"]), (&json!("CLOSE"), &json!("CLOSE")));
    }
}

#[tokio::test]
async fn a_closed_conversation_refuses_everything_but_satisfaction() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let id = consumer.open().await;
    consumer.say(&id, "bye").await;
    assert_eq!(consumer.close(&id).await.status, 200);
    let expected = json!({"code":"BAD_REQUEST","body":{"msg":CLOSED},"reqId":"9"});
    let twice = consumer.close(&id).await;
    assert_eq!((twice.status, twice.json()), (400, expected));
    for event in [
        json!({"type":"ContentEvent","contentType":"text/plain","message":"late"}),
        json!({"type":"AcceptStatusEvent","status":"READ","sequenceList":[0]}),
        json!({"type":"ChatStateEvent","chatState":"COMPOSING"}),
    ] {
        let late = consumer.publish(&id, event).await;
        assert_eq!((late.status, &late.json()["body"]["msg"]), (400, &json!(CLOSED)));
    }
    let csat = json!({"field":"CSATRate","csatRate":5,"csatResolutionConfirmation":true,"status":"FILLED"});
    let rated = consumer.update(&id, csat).await;
    assert_eq!((rated.status, &rated.json()["body"]["msg"]), (200, &json!("OK")));
}

#[tokio::test]
async fn satisfaction_and_urgency_may_change_while_it_is_open() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let id = consumer.open().await;
    for field in [
        json!({"field":"CSATRate","csatRate":1,"csatResolutionConfirmation":false,"status":"PARTIALLY_FILLED"}),
        json!({"field":"CSATRate","status":"SKIPPED"}),
        json!({"field":"TTRField","ttrType":"URGENT","value":300}),
        json!({"field":"TTRField","ttrType":"CUSTOM","value":0}),
        json!([{"field":"TTRField","ttrType":"NORMAL","value":1200},{"field":"CSATRate","csatRate":2}]),
    ] {
        let answer = consumer.update(&id, field.clone()).await;
        assert_eq!((answer.status, &answer.json()["body"]["msg"]), (200, &json!("OK")), "{field}");
    }
    assert_eq!(consumer.say(&id, "still open").await, 0);
}

#[tokio::test]
async fn fields_out_of_range_or_not_a_consumers_are_refused() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let id = consumer.open().await;
    for field in [
        json!([]),
        json!({}),
        json!({"field":"CSATRate","csatRate":6}),
        json!({"field":"CSATRate","csatRate":0}),
        json!({"field":"CSATRate","csatRate":2.5}),
        json!({"field":"CSATRate"}),
        json!({"field":"TTRField","ttrType":"SOON","value":1}),
        json!({"field":"TTRField","ttrType":"CUSTOM"}),
        json!({"field":"TTRField","ttrType":"CUSTOM","value":-1}),
        json!({"field":"ConversationStateField","conversationState":"OPEN"}),
        json!({"field":"DialogChange","type":"CREATE","dialog":{"dialogId":id,"state":"CLOSE"}}),
        json!({"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"Qk3vT0aPRy6n1sHfLw2d9g","state":"CLOSE"}}),
        json!({"field":"ParticipantsChange","type":"ADD","role":"MANAGER"}),
        json!({"field":"Skill","type":"UPDATE","skill":"7"}),
        json!([{"field":"CSATRate","csatRate":3},{"field":"Skill","skill":"7"}]),
    ] {
        let answer = consumer.update(&id, field.clone()).await;
        assert_eq!(answer.status, 400, "{field}: {answer:?}");
        assert_eq!(answer.json(), json!({"code":"BAD_REQUEST","body":{"msg":"Bad Request"},"reqId":"9"}));
    }
    assert_eq!(consumer.log(&id).await.len(), 1, "nothing was changed");
}
