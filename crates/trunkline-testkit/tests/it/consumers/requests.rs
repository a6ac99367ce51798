//! The other requests, and what is refused. Source: spec 24 §3.2, §3.3, §3.7.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_testkit::{Answer, TestServer};

use super::{changes, done, newcomer, open, refused, say, server};

#[tokio::test]
async fn one_conversation_is_open_at_a_time() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    let conversation = open(&mut socket).await;
    let (code, text) = refused(&mut socket, "cm.ConsumerRequestConversation", json!({})).await;
    assert_eq!(code, 400);
    assert!(text.starts_with("Consumer request conversation failed: User "), "{text}");
    assert!(text.ends_with("already has open conversation. Can't open another one."), "{text}");
    let field = json!([{"field": "DialogChange", "type": "UPDATE",
        "dialog": {"dialogId": conversation, "state": "CLOSE", "closedCause": "Closed by consumer"}}]);
    let body = json!({"conversationId": conversation, "conversationField": field});
    let closed = socket.request("cm.UpdateConversationField", body.clone()).await;
    assert_eq!((&closed["code"], &closed["type"]), (&json!(200), &json!("StringResponse")));
    assert_eq!(
        refused(&mut socket, "cm.UpdateConversationField", body).await,
        (400, "Bad Request, Conversation is close".into())
    );
    assert_eq!(
        refused(
            &mut socket,
            "ms.PublishEvent",
            json!({"dialogId": conversation, "event": super::text("late")})
        )
        .await
        .0,
        400
    );
    open(&mut socket).await;
}

#[tokio::test]
async fn the_target_is_the_documented_one_unless_it_is_named() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    done(&mut socket, "cqm.SubscribeExConversations", json!({})).await;
    changes(&mut socket).await;
    let conversation = open(&mut socket).await;
    let opened = &changes(&mut socket).await[0]["result"]["conversationDetails"];
    assert_eq!(opened["ttr"], json!({"ttrType": "PRIORITIZED", "value": 600}));
    assert_eq!((&opened["state"], &opened["stage"]), (&json!("OPEN"), &json!("OPEN")));
    assert_eq!(opened["participants"].as_array().unwrap().len(), 1);
    let field = json!({"field": "TTRField", "ttrType": "URGENT", "value": 300});
    let body = json!({"conversationId": conversation, "conversationField": field});
    assert_eq!(done(&mut socket, "cm.UpdateConversationField", body).await, "OK");
    let urgent = &changes(&mut socket).await[0]["result"]["conversationDetails"];
    assert_eq!(urgent["ttr"], json!({"ttrType": "URGENT", "value": 300}));
}

/// lp-api rates after the close.
#[tokio::test]
async fn satisfaction_is_taken_after_the_close() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    let conversation = open(&mut socket).await;
    for field in [
        json!({"field": "ConversationStateField", "conversationState": "CLOSE"}),
        json!({"field": "CSATRate", "csatRate": 5, "csatResolutionConfirmation": true, "status": "FILLED"}),
    ] {
        let body = json!({"conversationId": conversation, "conversationField": field});
        done(&mut socket, "cm.UpdateConversationField", body).await;
    }
}

#[tokio::test]
async fn fields_of_agents_are_forbidden() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    let conversation = open(&mut socket).await;
    for field in [
        json!({"field": "Skill", "type": "UPDATE", "skill": "1"}),
        json!({"field": "Note", "note": "x"}),
        json!({"field": "ParticipantsChange", "type": "ADD", "role": "MANAGER"}),
        json!({"field": "DialogChange", "type": "UPDATE", "dialog": {"dialogId": conversation}}),
    ] {
        let body = json!({"conversationId": conversation, "conversationField": field});
        assert_eq!(refused(&mut socket, "cm.UpdateConversationField", body).await.0, 403, "{field}");
    }
    let unknown = json!({"conversationId": "75588e18-0213-4e33-8174-883acac7e3c4",
        "conversationField": {"field": "Stage", "conversationState": "CLOSE"}});
    assert_eq!(refused(&mut socket, "cm.UpdateConversationField", unknown).await.0, 404);
    assert_eq!(refused(&mut socket, "cm.UpdateConversationField", json!({})).await.0, 400);
}

#[tokio::test]
async fn what_agents_ask_for_is_unknown_here() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    for (kind, body) in [
        ("routing.SetAgentState", json!({"availability": "ONLINE"})),
        ("cm.AgentRequestConversation", json!({"consumerId": "0".repeat(64)})),
        (".ams.ms.QueryMessages", json!({"dialogId": "75588e18-0213-4e33-8174-883acac7e3c4"})),
        ("nothing.like.that", json!({})),
    ] {
        assert_eq!(refused(&mut socket, kind, body).await, (400, "Unknown request".into()), "{kind}");
    }
}

/// Spec 24 §3.2, 07 §2 and §5.
#[tokio::test]
async fn files_go_up_and_down() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    let wanted = json!({"fileSize": 5020, "fileType": "JPEG"});
    let (code, _) = refused(&mut socket, "ms.GenerateURLForUploadFile", wanted.clone()).await;
    assert_eq!(code, 400, "a consumer without a conversation");
    let opened = socket.request("cm.ConsumerRequestConversation", json!({})).await;
    let signed = socket.request("ms.GenerateURLForUploadFile", wanted).await;
    assert_eq!((&signed["code"], &signed["type"]), (&json!(200), &json!("ms.BaseGenerateURLResponse")));
    let url = |signed: &Value| {
        let query = &signed["body"]["queryParams"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (path, signature) = (text(&signed["body"]["relativePath"]), text(&query["temp_url_sig"]));
        format!("{path}?temp_url_sig={signature}&temp_url_expires={}", text(&query["temp_url_expires"]))
    };
    let image = b"\xff\xd8\xff and the rest".to_vec();
    let put = server.request(reqwest::Method::PUT, &url(&signed)).body(image.clone()).send().await.unwrap();
    assert_eq!(put.status(), 201);
    let path = json!({"relativePath": signed["body"]["relativePath"]});
    assert_eq!(
        refused(&mut socket, "ms.GenerateURLForDownloadFile", path.clone()).await.0,
        404,
        "not shared"
    );
    let message = json!({"relativePath": path["relativePath"], "fileType": "JPEG"});
    let mut event = json!({"type": "ContentEvent", "contentType": "hosted/file", "message": message});
    let dialog = &opened["body"]["conversationId"];
    let mut captioned = event.clone();
    captioned["message"]["caption"] = json!({"x": 1});
    let captioned = json!({"dialogId": dialog, "event": captioned});
    assert_eq!(refused(&mut socket, "ms.PublishEvent", captioned).await.0, 400, "a caption is text");
    event["message"]["caption"] = json!("Receipt");
    let shared = socket.request("ms.PublishEvent", json!({"dialogId": dialog, "event": event})).await;
    assert_eq!(shared["code"], 200, "{shared}");
    let download = socket.request("ms.GenerateURLForDownloadFile", path).await;
    let got = server.request(reqwest::Method::GET, &url(&download)).send().await.unwrap();
    assert_eq!(got.bytes().await.unwrap(), image);
    let unknown = json!({"relativePath": "/v1/AUTH_async-images/10020030/x.PNG"});
    assert_eq!(refused(&mut socket, "ms.GenerateURLForDownloadFile", unknown).await.0, 404);
}

#[tokio::test]
async fn a_profile_is_set_and_shown_to_agents() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    let profile = json!({"firstName": "Ada", "lastName": "Byron"});
    let set = socket.request("userprofile.SetUserProfile", profile).await;
    assert_eq!((&set["code"], &set["type"]), (&json!(200), &json!(".ReqBody$StringResp")));
    let conversation = open(&mut socket).await;
    say(&mut socket, &conversation, "hello").await;
    let me = events_originator(&mut socket).await;
    let mut agent = super::agent_in(&server, &conversation).await;
    let shown = done(&mut agent, ".ams.userprofile.GetUserProfile", json!(me)).await;
    assert_eq!(shown["firstName"], "Ada");
}

/// Spec 21 §7.7, 08 §1: a stranger cannot pass for somebody who was authenticated.
#[tokio::test]
async fn consumers_do_not_vouch_for_themselves() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    let sde =
        json!({"type": "ctmrinfo", "info": {"ctype": "gold"}, "auth": {"x": 1}, "acr": "loa3", "iss": "me"});
    let claims = json!({"iss": "https://id.example.org", "lp_sdes": [sde]});
    let profile =
        json!({"firstName": "Ada", "acr": "loa3", "claims": claims, "authenticatedData": {"lp_sdes": [sde]}});
    done(&mut socket, "userprofile.SetUserProfile", profile).await;
    let conversation = open(&mut socket).await;
    say(&mut socket, &conversation, "hello").await;
    let me = events_originator(&mut socket).await;
    let mut agent = super::agent_in(&server, &conversation).await;
    let raw = done(&mut agent, ".ams.userprofile.GetUserProfile", json!(me)).await;
    let said = json!([{"type": "ctmrinfo", "info": {"ctype": "gold"}}]);
    assert_eq!(raw, json!({"firstName": "Ada", "authenticatedData": {"lp_sdes": said}}));

    let session = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let path = "/messaging_history/api/account/10020030/conversations/conversation/search?v=2";
    let body = json!({"conversationId": conversation, "contentToRetrieve": ["sdes", "unAuthSdes"]});
    let request = server.request(reqwest::Method::POST, path).bearer_auth(&session.bearer).json(&body);
    let record = Answer::to(request).await.json()["conversationHistoryRecords"][0].clone();
    assert_eq!(record["sdes"]["events"], json!([]));
    assert_eq!(
        record["unAuthSdes"]["events"][0]["customerInfo"]["customerInfo"],
        json!({"customerType": "gold"})
    );
}

async fn events_originator(socket: &mut trunkline_testkit::AgentSocket) -> Value {
    super::events(socket).await[0]["originatorId"].clone()
}

#[tokio::test]
async fn a_hurried_client_is_told_to_wait() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    let mut ids = Vec::new();
    for _ in 0..401 {
        ids.push(socket.send("GetClock", json!({})).await);
    }
    let last = ids.pop().unwrap();
    assert_eq!(socket.response(&last).await["code"], 429);
    for id in ids {
        assert_eq!(socket.response(&id).await["code"], 200);
    }
    server.clock.advance(Duration::from_secs(1));
    done(&mut socket, "GetClock", json!({})).await;
}

#[tokio::test]
async fn frames_of_any_kind_do_not_end_the_socket() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    for text in ["", "{", "[]", "null", r#"{"id":{},"type":"GetClock"}"#, r#"{"id":"1"}"#] {
        socket.send_text(text).await;
    }
    assert_eq!(socket.response("1").await["code"], 400);
    socket.send_text(r#"{"kind":"req","id":7,"type":"GetClock"}"#).await;
    assert_eq!(socket.response("7").await["reqId"], "7");
}

/// An account's task ends with its last socket and comes back with the next.
#[tokio::test]
async fn sockets_come_and_go() {
    let server = server().await;
    let token = server.sign_up().await;
    for _ in 0..20 {
        let mut socket = server.consumer_socket(&token).await;
        done(&mut socket, "cqm.SubscribeExConversations", json!({})).await;
        changes(&mut socket).await;
    }
}

/// Spec 24 §3.6, 05 §4.2, §6.2: over the socket a consumer may do what it may by the Send API.
#[tokio::test]
async fn what_the_send_api_refuses_is_refused() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    let conversation = open(&mut socket).await;
    let file = json!({"relativePath": "/v1/x", "fileType": "PNG", "preview": "javascript:alert(1)"});
    for (content_type, message) in [("text/html", json!("<b>hello</b>")), ("HOSTED/FILE", file)] {
        let event = json!({"type": "ContentEvent", "contentType": content_type, "message": message});
        let body = json!({"dialogId": conversation, "event": event});
        assert_eq!(refused(&mut socket, "ms.PublishEvent", body).await.0, 400, "{content_type}");
    }
    let metadata = json!([{"type": "ExternalId", "id": "x".repeat(5000)}]);
    let field = json!({"field": "TTRField", "ttrType": "URGENT", "value": 300});
    let body = json!({"conversationId": conversation, "conversationField": field});
    let frame = json!({"kind": "req", "id": "long", "type": "cm.UpdateConversationField", "metadata": metadata, "body": body});
    socket.send_text(&frame.to_string()).await;
    let answer = socket.response("long").await;
    assert_eq!((&answer["code"], &answer["body"]), (&json!(400), &json!("the request is too large")));
}
