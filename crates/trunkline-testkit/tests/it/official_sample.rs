//! The official sample, played. Its calls, C1 to C22 of spec 10 §2, go out byte for byte as its HTTP package sends them:
//! header names in lower case, `[object Object]` as body of GET and DELETE, whole manifests as body of GET,
//! `Content-Length: 0` (`hub`). Its webhook receiver checks what arrives (`bridge`), and what its page shows follows from
//! that alone (`window`). `compat/sample-client/README.md` says which test holds which line of spec 10 §5.

mod bodies;
mod bridge;
mod hub;
mod notified;
mod variants;
mod window;

use serde_json::{Value, json};
use trunkline_model::Role;
use trunkline_testkit::TestServer;

use crate::agents::Agent;
use hub::Hub;

#[tokio::test]
async fn an_admin_installs_edits_and_removes_an_app() {
    let server = TestServer::new().await;
    let mut hub = Hub::open(&server).await;
    hub.sign_in().await;

    // C3
    let path = "provision/featureGrants?v=1.0&excludeLegacy=true&jsonProvider=gson";
    let head = format!("accept: application/json\n{}", hub.bearer());
    let grants = hub.get(&hub.configuration(path), &format!("{head}\ncontent-length: 0"), "").await.json();
    let data = &grants["appDataList"][0]["accountList"]["accountList"][0]["itemsCollection"]["data"];
    let messaging =
        data.as_array().unwrap().iter().find(|item| item["compoundFeatureID"] == "Common.Async_Messaging");
    assert_eq!(messaging.unwrap()["value"]["value"], "true");

    // C6, C4, C5
    let created = hub.create(&bodies::manifest()).await;
    let apps = hub.list().await;
    let app =
        apps.as_array().unwrap().iter().find(|app| app["client_name"] == created["client_name"]).unwrap();
    assert_eq!(app["scope"], "msg.consumer");
    assert!(app["client_id_issued_at"].is_i64() && app["enabled"] == true && app["capabilities"].is_object());
    assert_eq!(app["description"], "SMS bridge");
    assert_eq!(app["client_secret"].as_str().unwrap().len(), 26);
    let id = app["client_id"].as_str().unwrap().to_owned();
    let (read, revision) = hub.read(&id, "[object Object]", "application/json").await;
    assert_eq!((&read, &read["id"]), (app, &json!(id)));

    // C7: disable, with the whole manifest as body of the GET before it (T3), and enable again.
    let mut disabled = read.clone();
    disabled["enabled"] = json!(false);
    let (_, fresh) = hub.read(&id, &disabled.to_string(), "").await;
    assert_eq!(fresh, revision);
    let updated = hub.update(&id, &disabled, &revision).await;
    assert_eq!((updated.status(), updated.json()), (200, disabled.clone()));
    assert_eq!(hub.token(&id, created["client_secret"].as_str().unwrap()).await.status(), 401);
    let stale = hub.update(&id, &read, &revision).await;
    assert_eq!(stale.status_line, "HTTP/1.1 412 Precondition Failed");
    let (_, revision) = hub.read(&id, &read.to_string(), "").await;
    assert_eq!(hub.update(&id, &read, &revision).await.json(), read);
    assert_eq!(hub.token(&id, created["client_secret"].as_str().unwrap()).await.status(), 200);

    // C8
    let (_, revision) = hub.read(&id, "[object Object]", "").await;
    let removed = hub.delete(&id, &revision).await;
    assert!((200..300).contains(&removed.status()) && removed.text.is_empty(), "{removed:?}");
    assert_eq!(hub.list().await, json!([]));
    assert_eq!(hub.token(&id, created["client_secret"].as_str().unwrap()).await.status(), 401);
}

#[tokio::test]
async fn a_consumer_talks_and_closes() {
    let server = TestServer::new().await;
    let mut hub = Hub::open(&server).await;
    hub.sign_in().await;
    let app = hub.create(&bodies::manifest()).await;
    hub.start_conversation(&app, "0.7301568").await;
    let id = hub.conversation.clone();

    // C12 to C14
    for state in ["COMPOSING", "PAUSE", "ACTIVE", "GONE"] {
        let answer = hub.send(&bodies::publish("1,", &id, bodies::chat_state(state))).await;
        assert_eq!(
            (answer.status(), answer.json()),
            (200, json!({"reqId":"1,","code":"OK","body":{"sequence":0}}))
        );
    }
    let text = bodies::text("Is the shop open? 😀");
    let answer = hub.send(&bodies::publish("3", &id, text.clone())).await;
    assert_eq!(answer.text, r#"{"reqId":"3","code":"OK","body":{"sequence":0}}"#);
    for (status, list) in [("ACCEPT", json!([2])), ("READ", json!([2, 4])), ("READ", json!([]))] {
        let receipt = json!({"type": "AcceptStatusEvent", "status": status, "sequenceList": list});
        assert_eq!(hub.send(&bodies::publish("1,", &id, receipt)).await.status(), 200);
    }

    // C15
    let answer = hub.send(&bodies::close(&id)).await;
    let expected = r#"{"reqId":"1,","code":"OK","body":{"msg":"OK Conversation resolved successfully"}}"#;
    assert_eq!((answer.status(), answer.text.as_str()), (200, expected));
    let late = hub.send(&bodies::publish("3", &id, text)).await;
    assert_eq!(late.status_line, "HTTP/1.1 400 Bad Request");
    assert_eq!(
        late.text,
        r#"{"code":"BAD_REQUEST","body":{"msg":"Bad Request, Conversation is close"},"reqId":"3"}"#
    );

    // C16, in a new conversation: no survey is configured, so the whole conversation closes.
    hub.start_conversation(&app, "0.7301568").await;
    assert_ne!(hub.conversation, id);
    let id = hub.conversation.clone();
    let answer = hub.send(&bodies::close_main_dialog(&id)).await;
    assert_eq!((answer.status(), &answer.json()["code"]), (200, &json!("OK")));
    let states: Vec<Value> = hub.log(&id).await;
    let last = states.last().unwrap();
    assert_eq!((&last["state"], &last["stage"]), (&json!("CLOSE"), &json!("CLOSE")));
}

#[tokio::test]
async fn a_consumer_sends_a_file_and_looks_at_it() {
    let server = TestServer::new().await;
    let mut hub = Hub::open(&server).await;
    hub.sign_in().await;
    let app = hub.create(&bodies::manifest()).await;
    hub.start_conversation(&app, "0.7301568").await;
    let id = hub.conversation.clone();

    // C17: always PNG, whatever is uploaded.
    let image = "GIF89a, and what follows is not looked at";
    let answer = hub.send(&bodies::upload_url(image.len())).await;
    assert_eq!((answer.status(), &answer.json()["reqId"]), (200, &json!("3")));
    let upload = answer.json()["body"].clone();
    let path = upload["relativePath"].as_str().unwrap();
    assert_eq!(path.split('/').nth(2), Some("AUTH_async-images"));

    // C18, from the browser and cross-origin.
    let asking = "access-control-request-method: PUT\naccess-control-request-headers: content-type";
    let preflight = hub.storage("OPTIONS", &upload, asking, "").await;
    assert!((200..300).contains(&preflight.status()), "{preflight:?}");
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    let allows = |name: &str, wanted: &str| {
        preflight.header(name).unwrap().split(',').any(|allowed| allowed.trim() == wanted)
    };
    assert!(allows("access-control-allow-methods", "PUT"), "{preflight:?}");
    assert!(allows("access-control-allow-headers", "content-type"), "{preflight:?}");
    let stored = hub.storage("PUT", &upload, "content-type: image/gif", image).await;
    assert_eq!((stored.status(), stored.text.as_str()), (201, ""));
    assert_eq!(stored.header("access-control-allow-origin"), Some("*"));

    // C19
    let answer = hub.send(&bodies::publish("3", &id, bodies::file(path))).await;
    assert_eq!(answer.text, r#"{"reqId":"3","code":"OK","body":{"sequence":0}}"#);

    // The sample names what was chosen, not what was announced.
    for (sequence, kind) in ["PNG", "JPEG", "JPG"].into_iter().enumerate() {
        let mut event = bodies::file(path);
        event["message"]["fileType"] = json!(kind);
        let answer = hub.send(&bodies::publish("3", &id, event)).await;
        assert_eq!(
            (answer.status(), &answer.json()["body"]["sequence"]),
            (200, &json!(sequence + 1)),
            "{kind}"
        );
    }

    // C20, C21: also after the conversation was closed.
    hub.send(&bodies::close(&id)).await;
    let answer = hub.send(&bodies::download_url(path)).await;
    assert_eq!(answer.status(), 200);
    let url = answer.json()["body"].clone();
    assert_eq!(url["relativePath"], path);
    let seen = hub.storage("GET", &url, "", "").await;
    assert_eq!((seen.status(), seen.text.as_str()), (200, image));
    assert_eq!(seen.header("content-type"), Some("image/gif"));

    // Spec 10 §5 line 9: for a minute, and no longer.
    server.clock.advance(std::time::Duration::from_secs(59));
    assert_eq!(hub.storage("GET", &url, "", "").await.status(), 200);
    server.clock.advance(std::time::Duration::from_secs(1));
    for (method, url) in [("GET", &url), ("PUT", &upload)] {
        let late = hub.storage(method, url, "", "").await;
        assert_eq!(late.status_line, "HTTP/1.1 401 Unauthorized", "{method}");
    }
}

/// C22: after a page reload the sample shows the conversation again, with receipts and files (spec 10 §5, 10).
#[tokio::test]
async fn a_conversation_is_restored_after_a_reload() {
    let server = TestServer::new().await;
    let mut hub = Hub::open(&server).await;
    hub.sign_in().await;
    let app = hub.create(&bodies::manifest()).await;
    let mut agent = Agent::new(&server, "agent", Role::Agent).await;
    agent.work().await;
    hub.start_conversation(&app, "0.7301568").await;
    let id = hub.conversation.clone();
    assert_eq!(agent.accept().await, id);
    let text = bodies::text("Is the shop open? 😀");
    // C17 to C19.
    let answer = hub.send(&bodies::upload_url(3)).await;
    let url = answer.json()["body"].clone();
    assert_eq!(hub.storage("PUT", &url, "content-type: image/gif", "GIF89a").await.status(), 201);
    let file = bodies::file(url["relativePath"].as_str().unwrap());
    let read = json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0]});
    for event in [text, file, read] {
        assert_eq!(hub.send(&bodies::publish("3", &id, event)).await.status(), 200);
    }
    let card = json!({"type": "vertical", "elements": [{"type": "text", "text": "Until eight. 😀"}]});
    for event in [
        json!({"type": "AcceptStatusEvent", "status": "ACCEPT", "sequenceList": [0, 1]}),
        json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0]}),
        json!({"type": "ContentEvent", "contentType": "text/plain", "message": "It is."}),
        json!({"type": "RichContentEvent", "content": card}),
    ] {
        agent.done(".ams.ms.PublishEvent", json!({"dialogId": id, "event": event})).await;
    }
    let answer = hub.restore(&id).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let restored = answer.json();
    let record = &restored["conversationHistoryRecords"][0];
    assert_eq!(record["info"]["status"], "OPEN");
    let [text, file, answered, rich] = record["messageRecords"].as_array().unwrap().as_slice() else {
        panic!("{record}")
    };
    for (message, kind, sequence, sent_by) in [
        (text, "TEXT_PLAIN", 0, "Consumer"),
        (file, "HOSTED_FILE", 1, "Consumer"),
        (answered, "TEXT_PLAIN", 5, "Agent"),
        (rich, "RICH_CONTENT", 6, "Agent"),
    ] {
        assert_eq!((&message["type"], &message["seq"]), (&json!(kind), &json!(sequence)));
        assert!(message["timeL"].is_i64() && message["sentBy"] == sent_by);
    }
    assert_eq!(text["messageData"]["msg"]["text"], "Is the shop open? 😀");
    assert_eq!(answered["messageData"]["msg"]["text"], "It is.");
    // The sample parses this text.
    let content = rich["messageData"]["richContent"]["content"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(content).unwrap(), card);
    let shown = &file["messageData"]["file"];
    assert!(shown["caption"].is_string() && shown["preview"].is_string());
    assert_eq!(shown["relativePath"], url["relativePath"]);
    let statuses = record["messageStatuses"].as_array().expect("the sample goes through it unguarded");
    let marks: Vec<_> = statuses
        .iter()
        .map(|status| json!([status["seq"], status["messageDeliveryStatus"], status["participantType"]]))
        .collect();
    assert_eq!(
        marks,
        [
            json!([0, "READ", "Consumer"]),
            json!([0, "ACCEPT", "Agent"]),
            json!([1, "ACCEPT", "Agent"]),
            json!([0, "READ", "Agent"]),
        ]
    );
    hub.send(&bodies::close(&id)).await;
    assert_eq!(hub.restore(&id).await.json()["conversationHistoryRecords"][0]["info"]["status"], "CLOSE");
    let unknown = hub.restore("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").await.json();
    assert_eq!(unknown["conversationHistoryRecords"], json!([]));
}

/// T7: the sample shows the reason phrase of what it is refused.
#[tokio::test]
async fn refusals_have_standard_reason_phrases() {
    let server = TestServer::new().await;
    let mut hub = Hub::open(&server).await;
    let head = "POST /api/account/10020030/login HTTP/1.1\nhost: x\ncontent-type: application/json\ncontent-length: 36";
    let answer = hub.connection.call(head, r#"{"username":"ada","password":"oops"} "#.trim_end()).await;
    assert_eq!(answer.status_line, "HTTP/1.1 401 Unauthorized");
    answer.json();
    let answer = hub.token("75588e18-0213-4e33-8174-883acac7e3c4", "x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 401 Unauthorized");
    let answer = hub.get("/nowhere", "content-length: 0", "").await;
    assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found");
    answer.json();
    assert_eq!(answer.header("content-encoding"), None);
}
