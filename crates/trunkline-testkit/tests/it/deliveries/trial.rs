//! Trying endpoints, with a real receiver.

use serde_json::{Value, json};
use trunkline_testkit::{Behaviour, Receiver, Settings};
use trunkline_wire::installations::EndpointPolicy;

use super::{Platform, assert_refused};

async fn platform() -> Platform {
    let mut settings = Settings::default();
    settings.options.endpoints = EndpointPolicy::HttpOnLoopback;
    Platform::with(settings).await
}

fn kinds(report: &Value) -> Vec<&str> {
    let samples = report["samples"].as_array().unwrap().iter();
    samples.map(|sample| sample["type"].as_str().unwrap().rsplit('.').next().unwrap()).collect()
}

#[tokio::test]
async fn an_endpoint_gets_every_kind_and_a_wrong_signature() {
    let platform = platform().await;
    let receiver = Receiver::start().await;
    let answer = platform.post("/test", &json!({"endpoint": receiver.url("/hook?key=hush")})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(!answer.text.contains("hush"), "a query string may be a credential");
    let report = answer.json();
    assert_eq!(
        kinds(&report),
        [
            "ExConversationChangeNotification",
            "ContentEvent",
            "RichContentEvent",
            "AcceptStatusEvent",
            "ChatStateEvent"
        ]
    );
    for sample in report["samples"].as_array().unwrap() {
        let told = (&sample["accepted"], &sample["status"], &sample["endpoint"], &sample["error"]);
        assert_eq!(told, (&json!(true), &json!(200), &json!(receiver.url("/hook")), &Value::Null));
    }
    let check = &report["signature_checks"][0];
    assert_eq!(
        (&check["verdict"], &check["status"]),
        (&json!("ignores"), &json!(200)),
        "it takes everything"
    );
    assert!(check["message"].as_str().unwrap().contains("does not check"));

    let requests = receiver.wait_for(6).await;
    assert!(requests.iter().all(|request| request.target == "/hook?key=hush"));
    let signatures: std::collections::HashSet<_> =
        requests.iter().map(|request| request.header("x-liveperson-signature").unwrap().to_owned()).collect();
    assert_eq!(signatures.len(), 5, "the wrong one is that of another body");
    assert_eq!(platform.delivery.asked(), [], "a test is no delivery");
    assert_eq!(platform.get("").await.json()["deliveries"], json!([]), "and is not recorded");
}

#[tokio::test]
async fn a_receiver_that_refuses_is_not_judged() {
    let platform = platform().await;
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::Answer(401));
    let report = platform.post("/test", &json!({"endpoint": receiver.url("/hook")})).await.json();
    for sample in report["samples"].as_array().unwrap() {
        assert_eq!((&sample["accepted"], &sample["status"]), (&json!(false), &json!(401)));
        assert!(sample["error"].as_str().unwrap().contains("401"));
    }
    let check = &report["signature_checks"][0];
    assert_eq!((&check["verdict"], &check["status"]), (&json!("unclear"), &Value::Null));
    assert_eq!(receiver.wait_for(5).await.len(), 5);
}

#[tokio::test]
async fn own_endpoints_get_their_kinds_only() {
    let platform = platform().await;
    // Nobody listens there.
    let report = platform.post("/test", &json!({})).await.json();
    let samples = report["samples"].as_array().unwrap();
    let absent = "the app has no webhook of this kind";
    for sample in &samples[..4] {
        let told = (&sample["accepted"], &sample["endpoint"], &sample["error"]);
        assert_eq!(told, (&json!(false), &Value::Null, &json!(absent)));
    }
    assert_eq!(samples[4]["endpoint"], "https://127.0.0.1:9/typing");
    assert_eq!((&samples[4]["accepted"], &samples[4]["status"]), (&json!(false), &Value::Null));
    assert!(samples[4]["error"].is_string());
}

#[tokio::test]
async fn what_cannot_be_tried_is_refused() {
    let platform = platform().await;
    let post = async |body: Value| platform.post("/test", &body).await;
    assert_refused(
        &post(json!({"endpoint": "http://bridge.example.org/"})).await,
        400,
        "invalid",
        "endpoint must start with https://",
    );
    assert_refused(&post(json!({"endpoint": 7})).await, 400, "invalid", "not as documented");
    let idle = platform.server.app_named("10020030", "idle").await.id;
    let idle = Platform { app: idle, ..platform };
    assert_refused(&idle.post("/test", &json!({})).await, 409, "conflict", "no webhooks");
}
