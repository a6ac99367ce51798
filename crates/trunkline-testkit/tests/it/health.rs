//! What operators and their tools see.

use trunkline_testkit::TestServer;

#[tokio::test]
async fn a_running_server_is_live_and_ready() {
    let server = TestServer::new().await;
    for (path, status) in [("/health/live", "live"), ("/health/ready", "ready")] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &status.into()), "{path}");
    }
}

#[tokio::test]
async fn metrics_count_by_route_and_show_nobody() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let id = consumer.open().await;
    consumer.say(&id, "a secret").await;
    server.get("/nowhere/10020030").await;
    let metrics = server.get("/metrics").await;
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4"));
    for line in [
        r#"trunkline_http_requests_total{method="POST",route="/api/account/{account}/messaging/consumer/conversation/send",status="200"} 1"#,
        r#"trunkline_http_requests_total{method="POST",route="/api/account/{account}/consumer",status="201"} 1"#,
        r#"route="unmatched",status="404"} 1"#,
    ] {
        assert!(metrics.text.contains(line), "{line}\n{}", metrics.text);
    }
    for secret in ["10020030", "crm-4711", &id, "a secret", &consumer.app_jwt] {
        assert!(!metrics.text.contains(secret), "{secret}");
    }
}
