use reqwest::Method;
use serde_json::json;
use trunkline_testkit::TestServer;

use super::{PATH, messages, set};
use crate::surveys::call;

#[tokio::test]
async fn messages_are_set_shown_and_removed() {
    let server = TestServer::new().await;
    let none = call(&server, Method::GET, PATH, None).await;
    assert_eq!((none.status, &none.json()["error"]["code"]), (404, &json!("not_found")));
    assert!(none.text.contains("trunkline account messages set"), "{none:?}");
    set(&server).await;
    let shown = call(&server, Method::GET, PATH, None).await;
    assert_eq!((shown.status, shown.json()), (200, messages()));
    let fewer = json!({"welcome": "Hi."});
    let answer = call(&server, Method::PUT, PATH, Some(&fewer)).await;
    assert_eq!((answer.status, answer.json()), (200, fewer), "what is not named is gone");
    for _ in 0..2 {
        let cleared = call(&server, Method::DELETE, PATH, None).await;
        assert_eq!((cleared.status, cleared.text.as_str()), (200, "{}"));
        assert_eq!(call(&server, Method::GET, PATH, None).await.status, 404);
    }
}

#[tokio::test]
async fn messages_against_the_rules_are_refused_by_name() {
    let server = TestServer::new().await;
    set(&server).await;
    for (messages, expected) in [
        (json!({}), "one message at least"),
        (json!({"agent_left": ""}), "agent_left must have 1 to 1000 characters"),
        (json!({"greeting": "Hi."}), "unknown field `greeting`"),
        (json!([]), "must be an object"),
    ] {
        let refused = call(&server, Method::PUT, PATH, Some(&messages)).await;
        assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &json!("invalid")));
        assert!(refused.text.contains(expected), "{refused:?}");
    }
    assert_eq!(call(&server, Method::GET, PATH, None).await.json(), messages(), "those before stay");
    let nowhere = "/operator/v1/accounts/unknown/auto-messages";
    assert_eq!(call(&server, Method::PUT, nowhere, Some(&messages())).await.status, 404);
}
