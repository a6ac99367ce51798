//! What is erased because its time is over.

use std::time::Duration;

use trunkline_testkit::Settings;

use super::*;

const DAY: Duration = Duration::from_hours(24);

/// Whether something in a log says this.
async fn says(consumer: &Consumer<'_>, conversation: &str, text: &str) -> bool {
    json!(consumer.log(conversation).await).to_string().contains(text)
}

#[tokio::test]
async fn what_was_closed_long_ago_goes_and_everything_else_stays() {
    let mut settings = Settings::default();
    settings.options.behaviour.close_after_seconds = 3600 * 24 * 3000;
    settings.options.sessions.ttl = DAY;
    let server = TestServer::with(settings).await;
    let path = "/operator/v1/accounts/10020030/retention";
    let ninety = json!({"content_seconds": 90 * 86_400});
    assert_eq!(call(&server, Method::PUT, path, Some(&ninety)).await.status, 200);
    let app = server.app().await;
    let (old, late, open) =
        (app.consumer("crm-1").await, app.consumer("crm-2").await, app.consumer("crm-3").await);
    let [first, second, third] = [old.open().await, late.open().await, open.open().await];
    for (consumer, conversation) in [(&old, &first), (&late, &second), (&open, &third)] {
        consumer.say(conversation, SECRET).await;
    }
    files::shared(&old, &first, &files::jpeg(100)).await;
    files::shared(&late, &second, &files::jpeg(100)).await;
    old.close(&first).await;
    server.advance_and_retain(10 * DAY).await;
    let late = app.consumer("crm-2").await;
    late.close(&second).await;
    server.advance_and_retain(79 * DAY + Duration::from_hours(23)).await;
    assert!(says(&old, &first, SECRET).await, "there is an hour left");
    assert_eq!(actions(&audit(&server).await), ["retention.changed"]);

    server.advance_and_retain(Duration::from_hours(2)).await;
    assert!(!says(&old, &first, SECRET).await);
    assert!(says(&late, &second, SECRET).await && says(&open, &third, SECRET).await);
    assert_eq!(server.stored_blobs(), 1);
    let trail = audit(&server).await;
    assert_eq!(actions(&trail), ["retention.changed", "retention.erased"]);
    assert_eq!((&trail[1]["actor"], &trail[1]["subject"]), (&json!("platform"), &Value::Null));
    assert_eq!(
        (&trail[1]["details"]["conversations"], &trail[1]["details"]["files"]),
        (&json!(1), &json!(1))
    );

    server.advance_and_retain(20 * DAY).await;
    assert!(!says(&late, &second, SECRET).await);
    assert!(says(&open, &third, SECRET).await, "it is open");
    server.advance_and_retain(DAY).await;
    assert_eq!(audit(&server).await.len(), 3, "where nothing is erased nothing is noted");
}

/// The configuration counts where an account has said nothing, and an account that wants to keep everything does.
#[tokio::test]
async fn accounts_may_differ_from_the_configuration() {
    let mut settings = Settings::default();
    settings.options.erasure.retention = Some(DAY);
    let server = TestServer::with(settings).await;
    server.create_account("20030040").await;
    let path = "/operator/v1/accounts/20030040/retention";
    assert_eq!(call(&server, Method::GET, path, None).await.json(), json!({"content_seconds": 86_400}));
    let forever = json!({"content_seconds": null});
    assert_eq!(call(&server, Method::PUT, path, Some(&forever)).await.status, 200);
    let one = server.app().await.consumer("crm-1").await;
    let other = server.app_named("20030040", "com.example.other").await.consumer("crm-1").await;
    // More than one step erases.
    let mut conversations = Vec::new();
    for _ in 0..40 {
        let conversation = one.open().await;
        one.say(&conversation, SECRET).await;
        one.close(&conversation).await;
        conversations.push(conversation);
    }
    let kept = other.open().await;
    other.say(&kept, SECRET).await;
    other.close(&kept).await;
    server.advance_and_retain(2 * DAY).await;
    for conversation in &conversations {
        assert!(!says(&one, conversation, SECRET).await);
    }
    assert!(says(&other, &kept, SECRET).await);
    let trail = audit(&server).await;
    assert_eq!((trail.len(), &trail[0]["details"]["conversations"]), (1, &json!(40)));
}
