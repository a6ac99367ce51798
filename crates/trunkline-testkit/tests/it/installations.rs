//! Spec 02 over the wire: what only the whole platform shows. The handlers' own tests have the rest.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_model::Role;
use trunkline_testkit::{Answer, Session, TestServer};

const APPS: &str = "app-install/installations";

async fn call(server: &TestServer, admin: &Session, method: Method, path: &str, body: &Value) -> Answer {
    Answer::to(admin.configuration(server, method, &format!("{path}?v=1.0")).json(body)).await
}

fn manifest(name: &str) -> Value {
    json!({"client_name": name, "grant_types": ["client_credentials"], "scope": "msg.consumer"})
}

async fn create(server: &TestServer, admin: &Session, name: &str) -> Value {
    let answer = call(server, admin, Method::POST, APPS, &manifest(name)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

fn id(app: &Value) -> &str {
    app["id"].as_str().unwrap()
}

async fn token(server: &TestServer, app: &Value) -> Answer {
    let (id, secret) = (id(app), app["client_secret"].as_str().unwrap());
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let request = server.request(Method::POST, "/sentinel/api/v2/account/10020030/app/token");
    Answer::to(request.header("content-type", "application/x-www-form-urlencoded").body(form)).await
}

/// Spec 02 §1.4 and §3: what the example manifest is stored as.
#[tokio::test]
async fn the_example_manifest_is_stored_with_its_defaults() {
    let server = TestServer::new().await;
    let admin = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let example: Value = serde_json::from_str(EXAMPLE).unwrap();
    let answer = call(&server, &admin, Method::POST, APPS, &example).await;
    assert_eq!((answer.status, answer.header("ac-revision")), (201, Some("1")));
    let app = answer.json();
    let uuid = id(&app);
    assert!(uuid.len() == 36 && *uuid == uuid.to_lowercase());
    assert_eq!((&app["client_id"], &app["client_id_issued_at"]), (&json!(uuid), &json!(1_700_000_000)));
    assert_eq!((&app["client_secret_expires_at"], &app["deleted"]), (&json!(0), &json!(false)));
    assert_eq!(app["response_types"], json!(["code", "token", "id_token"]));
    let secret = app["client_secret"].as_str().unwrap();
    assert!(secret.len() == 26 && secret.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v')));
    for (name, value) in example.as_object().unwrap().iter().filter(|(name, _)| *name != "capabilities") {
        assert_eq!(&app[name], value, "{name}");
    }
    let capabilities = &app["capabilities"];
    assert_eq!(capabilities["engagement"], example["capabilities"]["engagement"]);
    assert_eq!(capabilities["webhooks"], example["capabilities"]["webhooks"]);
    assert_eq!(capabilities["broadcast"], json!({"enabled": false}));
}

const EXAMPLE: &str = r#"{
  "client_name": "com.example.sms-bridge", "description": "SMS bridge", "enabled": true,
  "grant_types": ["client_credentials"], "scope": "msg.consumer", "logo_uri": "",
  "capabilities": {
    "webhooks": {
      "retry": {"retention_time": 86400},
      "ms.MessagingEventNotification.ContentEvent": {"endpoint": "https://bridge.example.org/lp/content", "max_retries": 3, "headers": [{"header_name": "X-Tenant", "header_value": "blue"}]},
      "ms.MessagingEventNotification.RichContentEvent": {"endpoint": "https://bridge.example.org/lp/rich"},
      "ms.MessagingEventNotification.AcceptStatusEvent": {"endpoint": "https://bridge.example.org/lp/receipt", "max_retries": 0},
      "ms.MessagingEventNotification.ChatStateEvent": {"endpoint": "https://bridge.example.org/lp/typing", "max_retries": 0},
      "cqm.ExConversationChangeNotification": {"endpoint": "https://bridge.example.org/lp/conv"}
    },
    "engagement": {"design_engagement": false, "design_window": false, "entry_point": ["section"], "visitor_behavior": ["flow"], "target_audience": ["platform"], "goal": ["url"], "consumer_identity": ["auth"], "language_selection": false}
  }
}"#;

/// Spec 02 §5: a change takes effect at once, here for tokens, identities and messages.
#[tokio::test]
async fn disabling_and_enabling_take_effect_with_the_next_request() {
    let server = TestServer::new().await;
    let admin = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let app = create(&server, &admin, "a").await;
    let jwt = token(&server, &app).await.json()["access_token"].as_str().unwrap().to_owned();
    let identify = async || {
        let request =
            server.request(Method::POST, "/api/account/10020030/consumer").header("authorization", &jwt);
        Answer::to(request.json(&json!({"ext_consumer_id": "x"}))).await.status
    };
    let path = format!("{APPS}/{}", id(&app));
    for (enabled, token_status, identity_status) in [(true, 200, 201), (false, 401, 401), (true, 200, 201)] {
        let mut changed = app.clone();
        changed["enabled"] = json!(enabled);
        assert_eq!(call(&server, &admin, Method::PUT, &path, &changed).await.status, 200);
        assert_eq!((token(&server, &app).await.status, identify().await), (token_status, identity_status));
    }
    assert_eq!(call(&server, &admin, Method::DELETE, &path, &json!(null)).await.status, 204);
    assert_eq!((token(&server, &app).await.status, identify().await), (401, 401));
    // The name is free again, but the new app is another one.
    let again = create(&server, &admin, "a").await;
    assert!(again["id"] != app["id"] && again["client_secret"] != app["client_secret"]);
    assert_eq!(identify().await, 401);
}

#[tokio::test]
async fn put_never_changes_what_the_server_assigns() {
    let server = TestServer::new().await;
    let admin = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let app = create(&server, &admin, "a").await;
    let forged = json!({"client_name": "b", "id": "75588e18-0213-4e33-8174-883acac7e3c4", "client_id": 7,
        "client_secret": "stolen", "client_id_issued_at": 1, "client_secret_expires_at": 1, "deleted": true});
    let answer = call(&server, &admin, Method::PUT, &format!("{APPS}/{}", id(&app)), &forged).await;
    let updated = answer.json();
    assert_eq!((answer.status, &updated["client_name"]), (200, &json!("b")));
    for name in
        ["id", "client_id", "client_secret", "client_id_issued_at", "client_secret_expires_at", "deleted"]
    {
        assert_eq!(updated[name], app[name], "{name}");
    }
    assert_eq!(updated.get("scope"), None, "PUT replaces all writable members");
}

#[tokio::test]
async fn accounts_have_their_own_apps_names_and_revisions() {
    let server = TestServer::new().await;
    server.create_account("20030040").await;
    server.create_user("20030040", "eve", Role::Admin).await;
    let here = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let there = server.sign_in("20030040", "eve").await;
    let (ours, theirs) =
        (create(&server, &here, "same name").await, create(&server, &there, "same name").await);
    assert_ne!(ours["id"], theirs["id"]);
    for (admin, app) in [(&here, &ours), (&there, &theirs)] {
        let list = call(&server, admin, Method::GET, APPS, &json!(null)).await;
        assert_eq!((list.header("ac-revision"), list.json()), (Some("1"), json!([app])));
    }
}

/// Of writers that read the same revision one wins; the others are told.
#[tokio::test]
async fn simultaneous_edits_of_one_revision_do_not_overwrite_each_other() {
    let server = TestServer::new().await;
    let admin = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let app = create(&server, &admin, "a").await;
    let edit = async |n: usize| {
        let mut edited = app.clone();
        edited["description"] = json!(n.to_string());
        let path = format!("{APPS}/{}?v=1.0", id(&app));
        let request = admin.configuration(&server, Method::PUT, &path).header("if-match", "1");
        Answer::to(request.json(&edited)).await
    };
    let (a, b, c, d) = tokio::join!(edit(1), edit(2), edit(3), edit(4));
    let mut statuses = [a.status, b.status, c.status, d.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412]);
    let list = call(&server, &admin, Method::GET, APPS, &json!(null)).await;
    assert_eq!(list.header("ac-revision"), Some("2"));
}

/// Spec 02 §1: every rule, named with its field. Nothing of a refused manifest is stored.
#[tokio::test]
async fn bad_manifests_are_refused_by_field_and_rule() {
    let server = TestServer::new().await;
    let admin = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let webhook = |webhook: Value| json!({"webhooks": {"cqm.ExConversationChangeNotification": webhook}});
    let header = |name: &str| {
        webhook(
            json!({"endpoint": "https://x.example", "headers": [{"header_name": name, "header_value": "v"}]}),
        )
    };
    let long = |length: usize| json!("x".repeat(length));
    for (member, value, named) in [
        ("client_name", json!(null), "client_name"),
        ("client_name", long(129), "client_name"),
        ("display_name", long(129), "display_name"),
        ("description", long(257), "description"),
        ("grant_types", json!(["password"]), "grant_types"),
        ("response_types", json!(["cookie"]), "response_types"),
        ("redirect_uris", json!([long(129)]), "redirect_uris"),
        ("scope", long(129), "scope"),
        ("scope", json!(["msg.consumer"]), "scope"),
        ("logo_uri", long(1025), "logo_uri"),
        ("entry_uri", long(1025), "entry_uri"),
        ("enabled", json!("yes"), "enabled"),
        ("capabilities", json!([1]), "capabilities"),
        ("capabilities", webhook(json!({})), "endpoint"),
        ("capabilities", webhook(json!({"endpoint": "http://bridge.example.org"})), "endpoint"),
        ("capabilities", webhook(json!({"endpoint": "http://127.0.0.1:9000"})), "endpoint"),
        ("capabilities", webhook(json!({"endpoint": "https://x.example", "max_retries": 6})), "max_retries"),
        ("capabilities", webhook(json!({"endpoint": "https://x.example", "max_retries": -1})), "max_retries"),
        ("capabilities", header("Content-Type"), "header_name"),
        ("capabilities", header("Host"), "header_name"),
        ("capabilities", header("X-LivePerson-Signature"), "header_name"),
        ("capabilities", header("bad name"), "header_name"),
        ("capabilities", json!({"webhooks": {"retry": {"retention_time": 1}}}), "retention_time"),
        ("capabilities", json!({"webhooks": {"retry": {"retention_time": 259_201}}}), "retention_time"),
        (
            "capabilities",
            json!({"webhooks": {"ms.MessagingEventNotification.ExConversationChangeNotification":
            {"endpoint": "https://x.example"}}}),
            "cqm.ExConversationChangeNotification",
        ),
        ("capabilities", json!({"engagement": {"design_engagement": true}}), "design_window"),
    ] {
        let mut body = manifest("bad");
        body[member] = value;
        let answer = call(&server, &admin, Method::POST, APPS, &body).await;
        let error = answer.json();
        assert_eq!((answer.status, &error["error"]), (400, &json!("bad_request")), "{body}");
        assert!(error["message"].as_str().unwrap().contains(named), "{named}: {error}");
    }
    let list = call(&server, &admin, Method::GET, APPS, &json!(null)).await;
    assert_eq!((list.header("ac-revision"), list.json()), (Some("0"), json!([])));
}
