//! The run of lp-api's own test. Source: spec 24 §5.

use serde_json::json;

use super::{credentials, events, server};

#[tokio::test]
async fn the_java_clients_test_passes() {
    let server = server().await;
    let domains = server.get("/csdr/account/10020030/service/baseURI.json?version=1.0").await.json();
    for service in ["idp", "asyncMessagingEnt"] {
        assert!(domains["baseURIs"].as_array().unwrap().iter().any(|known| known["service"] == service));
    }
    let jwt = server.sign_up().await;
    let mut socket = server.try_consumer_socket("?v=3", None).await.unwrap();
    let ready = socket.request_with("InitConnection", credentials(&jwt)).await;
    assert_eq!(
        (&ready["code"], &ready["body"]),
        (&json!(200), &json!("Connection initialized successfully"))
    );
    assert_eq!(ready["type"], ".ReqBody$StringResp");

    let frame = json!({"id": "5fd4", "kind": "req", "type": "cm.ConsumerRequestConversation"});
    socket.send_text(&frame.to_string()).await;
    let opened = socket.response("5fd4").await;
    assert_eq!((&opened["code"], &opened["type"]), (&json!(200), &json!("cm.RequestConversationResponse")));
    let conversation = opened["body"]["conversationId"].as_str().unwrap();

    let body = json!({"dialogId": conversation, "fromSeq": 0});
    let subscribed = socket.request("ms.SubscribeMessagingEvents", body).await;
    assert_eq!((&subscribed["code"], &subscribed["body"]), (&json!(200), &json!({})));
    assert_eq!(subscribed["type"], "GenericSubscribeResponse");

    let event = json!({"type": "ContentEvent", "contentType": "text/plain", "message": "hello"});
    let published =
        socket.request("ms.PublishEvent", json!({"dialogId": conversation, "event": event})).await;
    assert_eq!(
        (&published["body"]["sequence"], &published["type"]),
        (&json!(0), &json!("ms.PublishEventResponse"))
    );
    let echo = &events(&mut socket).await[0];
    assert_eq!((&echo["event"]["message"], &echo["sequence"]), (&json!("hello"), &json!(0)));

    let field = json!({"field": "ConversationStateField", "conversationState": "CLOSE"});
    let body = json!({"conversationId": conversation, "conversationField": field});
    let closed = socket.request("cm.UpdateConversationField", body).await;
    assert_eq!(closed["code"], 200);
    assert_eq!(
        (&closed["body"], &closed["type"]),
        (&json!("OK Conversation resolved successfully"), &json!("StringResponse"))
    );
}
