//! Files over agents' sockets. Source: spec 21 §7.7.

use serde_json::{Value, json};
use trunkline_model::Role;
use trunkline_testkit::{AgentSocket, TestServer};

use super::{Url, ask_for_download, jpeg, shared, upload_url};

const UPLOAD: &str = ".ams.ms.GenerateURLForUploadFile";
const DOWNLOAD: &str = ".ams.ms.GenerateURLForDownloadFile";

async fn socket(server: &TestServer, name: &str, role: Role) -> AgentSocket {
    server.create_user(TestServer::ACCOUNT, name, role).await;
    let session = server.sign_in(TestServer::ACCOUNT, name).await;
    server.agent_socket(&session).await
}

async fn upload(server: &TestServer, socket: &mut AgentSocket) -> String {
    let answer = socket.request(UPLOAD, json!({"fileSize": 5020, "fileType": "JPEG"})).await;
    let url = Url::of(&answer["body"]);
    assert_eq!(url.put(server, jpeg(5020)).await.status, 201);
    url.path
}

async fn code(socket: &mut AgentSocket, path: &str) -> Value {
    socket.request(DOWNLOAD, json!({"relativePath": path})).await["code"].clone()
}

fn publish(conversation: &str, path: &str, audience: &str) -> Value {
    json!({"dialogId": conversation, "messageAudience": audience, "event": super::hosted_file(path)})
}

#[tokio::test]
async fn both_spellings_are_answered_alike() {
    let server = TestServer::new().await;
    let mut socket = socket(&server, "mia", Role::Agent).await;
    for (kind, answered) in [
        (UPLOAD, ".ams.ms.BaseGenerateURL$Response"),
        ("ms.GenerateURLForUploadFile", "ms.BaseGenerateURLResponse"),
    ] {
        for size in [json!(5020), json!("5020")] {
            let answer = socket.request(kind, json!({"fileSize": size, "fileType": "JPEG"})).await;
            assert_eq!((&answer["code"], &answer["type"]), (&json!(200), &json!(answered)), "{answer}");
            let path = answer["body"]["relativePath"].as_str().unwrap();
            let name = path.strip_prefix("/v1/AUTH_async-images/10020030/").unwrap();
            assert_eq!((name.len(), &name[36..]), (41, ".JPEG"));
            assert_eq!(answer["body"]["queryParams"]["temp_url_expires"], "1700000060");
        }
    }
    for body in [
        json!({"fileSize": 3_145_729, "fileType": "JPEG"}),
        json!({"fileSize": 0, "fileType": "JPEG"}),
        json!({"fileSize": 1, "fileType": "EXE"}),
        json!({}),
    ] {
        let answer = socket.request(UPLOAD, body).await;
        assert_eq!((&answer["code"], &answer["type"]), (&json!(400), &json!(".ReqBody$StringResp")));
    }
}

#[tokio::test]
async fn who_takes_part_shares_and_downloads() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    let conversation = consumer.open().await;
    let theirs = shared(&consumer, &conversation, &jpeg(100)).await;
    let mut manager = socket(&server, "max", Role::Manager).await;
    let mut agent = socket(&server, "mia", Role::Agent).await;
    assert_eq!(code(&mut agent, &theirs).await, 404, "she takes no part");
    assert_eq!(code(&mut manager, &theirs).await, 200, "managers see all");
    assert_eq!(code(&mut agent, "/v1/AUTH_async-images/10020030/x.PNG").await, 404);

    let join = json!({"conversationId": conversation, "conversationField": [
        {"field": "ParticipantsChange", "type": "ADD", "role": "MANAGER"}]});
    let joined = manager.request(".ams.cm.UpdateConversationField", join).await;
    assert_eq!(joined["code"], 200, "{joined}");
    let path = upload(&server, &mut manager).await;
    assert_eq!(ask_for_download(&consumer, &path).await.status, 400, "not published yet");
    let answer = manager.request(".ams.ms.PublishEvent", publish(&conversation, &path, "ALL")).await;
    assert_eq!(answer["code"], 200, "{answer}");
    let answer = ask_for_download(&consumer, &path).await;
    let url = Url::of(&answer.json()["body"]);
    assert_eq!(url.get(&server).await, (200, jpeg(5020)));
}

#[tokio::test]
async fn a_consumer_does_not_get_what_agents_send_each_other() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    let conversation = consumer.open().await;
    let mut manager = socket(&server, "max", Role::Manager).await;
    let join = json!({"conversationId": conversation, "conversationField": [
        {"field": "ParticipantsChange", "type": "ADD", "role": "MANAGER"}]});
    manager.request(".ams.cm.UpdateConversationField", join).await;
    let path = upload(&server, &mut manager).await;
    let private = publish(&conversation, &path, "AGENTS_AND_MANAGERS");
    assert_eq!(manager.request(".ams.ms.PublishEvent", private).await["code"], 200);
    assert_eq!(code(&mut manager, &path).await, 200);
    assert_eq!(ask_for_download(&consumer, &path).await.status, 400);
    let public = publish(&conversation, &path, "ALL");
    assert_eq!(manager.request(".ams.ms.PublishEvent", public).await["code"], 200);
    assert_eq!(ask_for_download(&consumer, &path).await.status, 200);
}

#[tokio::test]
async fn agents_publish_what_they_uploaded_and_nothing_else() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    let conversation = consumer.open().await;
    let theirs = shared(&consumer, &conversation, &jpeg(100)).await;
    let never = upload_url(&consumer, 10).await.path;
    let mut manager = socket(&server, "max", Role::Manager).await;
    let join = json!({"conversationId": conversation, "conversationField": [
        {"field": "ParticipantsChange", "type": "ADD", "role": "MANAGER"}]});
    manager.request(".ams.cm.UpdateConversationField", join).await;
    for path in [theirs.as_str(), &never, "/x"] {
        let answer = manager.request(".ams.ms.PublishEvent", publish(&conversation, path, "ALL")).await;
        assert_eq!(answer["code"], 400, "{answer}");
    }
}

/// Spec 07 §4: whoever sends it and whichever way, a caption is text.
#[tokio::test]
async fn captions_are_text_on_every_way_in() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    let conversation = consumer.open().await;
    let mine = super::uploaded(&consumer, &jpeg(10)).await;
    let mut manager = socket(&server, "max", Role::Manager).await;
    let join = json!({"conversationId": conversation, "conversationField": [
        {"field": "ParticipantsChange", "type": "ADD", "role": "MANAGER"}]});
    manager.request(".ams.cm.UpdateConversationField", join).await;
    let theirs = upload(&server, &mut manager).await;
    for (caption, code) in [(json!({"x": 1}), 400), (json!(1), 400), (Value::Null, 200), (json!("Map"), 200)]
    {
        let with_caption = |path: &str| {
            let mut event = super::hosted_file(path);
            event["message"]["caption"] = caption.clone();
            event["message"]["preview"] = Value::Null;
            event
        };
        assert_eq!(consumer.publish(&conversation, with_caption(&mine)).await.status, code, "{caption}");
        let body = json!({"dialogId": conversation, "event": with_caption(&theirs)});
        let answer = manager.request(".ams.ms.PublishEvent", body).await;
        assert_eq!(answer["code"], code, "{caption} {answer}");
    }
    let log = consumer.log(&conversation).await;
    let relayed: Vec<_> = log.iter().filter(|entry| entry["event"].is_object()).collect();
    assert_eq!(relayed.len(), 4);
    for (entry, has_caption) in relayed.iter().zip([false, false, true, true]) {
        let message = entry["event"]["message"].as_object().unwrap();
        assert_eq!((message.contains_key("caption"), message.contains_key("preview")), (has_caption, false));
    }
}
