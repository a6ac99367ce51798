//! Publishing files, and who may download them. Source: spec 07 §4, §5.

use serde_json::json;
use trunkline_testkit::TestServer;

use super::{ask_for_download, hosted_file, jpeg, shared, upload_url, uploaded};

#[tokio::test]
async fn a_published_file_is_in_the_log_and_can_be_downloaded() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    let conversation = consumer.open().await;
    let path = uploaded(&consumer, &jpeg(100)).await;
    assert_eq!(ask_for_download(&consumer, &path).await.status, 400, "not published yet");
    let preview = "data:image/jpeg;base64,/9j/4AAQSkZJRg==";
    let mut event = hosted_file(&path);
    event["message"]["preview"] = json!(preview);
    let answer = consumer.publish(&conversation, event).await;
    assert_eq!(answer.text, r#"{"reqId":"7","code":"OK","body":{"sequence":0}}"#);
    assert_eq!(ask_for_download(&consumer, &path).await.status, 200);
    let log = consumer.log(&conversation).await;
    assert_eq!(log.last().unwrap()["event"]["message"]["relativePath"], path.as_str());
    // Spec 07 §5: also after the conversation.
    consumer.close(&conversation).await;
    assert_eq!(ask_for_download(&consumer, &path).await.status, 200);
}

#[tokio::test]
async fn only_what_the_publisher_uploaded_is_published() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let (ada, eve) = (app.consumer("crm-1").await, app.consumer("crm-2").await);
    let (hers, other) = (ada.open().await, eve.open().await);
    let never = upload_url(&ada, 10).await.path;
    let foreign = uploaded(&eve, &jpeg(10)).await;
    let mine = uploaded(&ada, &jpeg(10)).await;
    for path in [
        never.as_str(),
        &foreign,
        "/x.PNG",
        &mine.replace("/v1/", "//v1/"),
        &mine.replace("10020030", "20030040"),
        &format!("{mine}/../{mine}"),
        "https://example.org/x.png",
    ] {
        let answer = ada.publish(&hers, hosted_file(path)).await;
        let refused = r#"{"code":"BAD_REQUEST","body":{"msg":"Bad Request"},"reqId":"7"}"#;
        assert_eq!((answer.status, answer.text.as_str()), (400, refused), "{path}");
    }
    assert_eq!(ada.publish(&other, hosted_file(&mine)).await.status, 400, "not her conversation");
    assert_eq!(ada.publish(&hers, hosted_file(&mine)).await.status, 200);
    assert_eq!(ada.publish(&hers, hosted_file(&mine)).await.status, 200, "once more in the same one");
    assert_eq!(ada.log(&hers).await.len(), 3, "the opening and two messages");
}

#[tokio::test]
async fn a_file_that_was_refused_may_be_published_elsewhere_and_a_published_one_not() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    let first = consumer.open().await;
    let (late, early) = (uploaded(&consumer, &jpeg(10)).await, shared(&consumer, &first, &jpeg(10)).await);
    consumer.close(&first).await;
    let closed = consumer.publish(&first, hosted_file(&late)).await;
    assert_eq!(closed.json()["body"]["msg"], "Bad Request, Conversation is close");
    let second = consumer.open().await;
    assert_eq!(consumer.publish(&second, hosted_file(&late)).await.status, 200);
    assert_eq!(consumer.publish(&second, hosted_file(&early)).await.status, 400);
}

#[tokio::test]
async fn files_of_others_look_like_none() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let (ada, eve) = (app.consumer("crm-1").await, app.consumer("crm-2").await);
    let (conversation, _) = (ada.open().await, eve.open().await);
    let path = shared(&ada, &conversation, &jpeg(10)).await;
    let foreign = ask_for_download(&eve, &path).await;
    let unknown = ask_for_download(&eve, &path.replace(".PNG", ".GIF")).await;
    assert_eq!((foreign.status, &foreign.text), (400, &unknown.text));
    assert_eq!(foreign.text, r#"{"code":"BAD_REQUEST","body":{"msg":"Bad Request"},"reqId":"3"}"#);
    server.create_account("20030040").await;
    let elsewhere = server.app_named("20030040", "elsewhere").await.consumer("crm-1").await;
    elsewhere.open().await;
    assert_eq!(ask_for_download(&elsewhere, &path).await.status, 400);
    for path in ["", "/", "/v1/AUTH_async-images/10020030/../x", "\0"] {
        assert_eq!(ask_for_download(&ada, path).await.status, 400, "{path:?}");
    }
}

#[tokio::test]
async fn previews_are_checked() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    let conversation = consumer.open().await;
    let path = uploaded(&consumer, &jpeg(10)).await;
    let publish = async |preview: String| {
        let mut event = hosted_file(&path);
        event["message"]["preview"] = json!(preview);
        consumer.publish(&conversation, event).await.status
    };
    let head = "data:image/png;base64,";
    assert_eq!(publish(format!("{head}{}", "A".repeat(30_720 - head.len()))).await, 200);
    assert_eq!(publish(format!("{head}{}", "A".repeat(30_721 - head.len()))).await, 400);
    assert_eq!(publish("javascript:alert(1)".to_owned()).await, 400);
}
