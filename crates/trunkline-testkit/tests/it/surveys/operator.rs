use reqwest::Method;
use serde_json::json;
use trunkline_testkit::TestServer;

use super::{PATH, call, set};

#[tokio::test]
async fn a_survey_is_set_shown_and_removed() {
    let server = TestServer::new().await;
    let none = call(&server, Method::GET, PATH, None).await;
    assert_eq!((none.status, &none.json()["error"]["code"]), (404, &json!("not_found")));
    assert!(none.text.contains("trunkline survey set"), "{none:?}");
    set(&server).await;
    let shown = call(&server, Method::GET, PATH, None).await;
    let shown = shown.json();
    assert_eq!((&shown["timeout"], &shown["intro"]), (&json!("10m"), &json!("Hello.")));
    assert_eq!(shown["question"][0]["replies"][4], json!({"id": "5", "text": "Very satisfied", "value": 5}));
    let again = call(&server, Method::PUT, PATH, Some(&shown)).await;
    assert_eq!((again.status, again.json()), (200, shown), "what is shown may be set");
    for _ in 0..2 {
        let cleared = call(&server, Method::DELETE, PATH, None).await;
        assert_eq!((cleared.status, cleared.text.as_str()), (200, "{}"));
        assert_eq!(call(&server, Method::GET, PATH, None).await.status, 404);
    }
}

#[tokio::test]
async fn a_survey_against_the_rules_is_refused_with_question_and_rule() {
    let server = TestServer::new().await;
    set(&server).await;
    for (survey, expected) in [
        (json!({"question": []}), "1 to 20 questions"),
        (
            json!({"question": [{"id": "q", "text": "?", "kind": "csat", "replies": [
                {"id": "a", "text": "A", "value": 9}, {"id": "b", "text": "B", "value": 1}]}]}),
            "question 1 (\\\"q\\\"): reply 1 (\\\"a\\\"): value must be a number from 1 to 5",
        ),
        (json!({"question": [{"id": "q", "text": "?", "kind": "stars"}]}), "unknown variant `stars`"),
        (
            json!({"timeout": "1s", "question": [{"id": "q", "text": "?", "kind": "text"}]}),
            "timeout must be 10s to 7d",
        ),
        (json!([]), "must be an object"),
    ] {
        let refused = call(&server, Method::PUT, PATH, Some(&survey)).await;
        assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &json!("invalid")));
        assert!(refused.text.contains(expected), "{refused:?}");
    }
    assert_eq!(call(&server, Method::GET, PATH, None).await.status, 200, "the one before stays");
    let nowhere = "/operator/v1/accounts/unknown/survey";
    let question = json!({"question": [{"id": "q", "text": "?", "kind": "text"}]});
    assert_eq!(call(&server, Method::PUT, nowhere, Some(&question)).await.status, 404);
}
