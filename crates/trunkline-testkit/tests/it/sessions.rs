//! Login, refresh and logout over the wire. Source: spec 20 §3 to §6, 02 §2.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use trunkline_model::{Role, Secret};
use trunkline_services::auth::Operator;
use trunkline_testkit::{Answer, Session, TestServer};

const HOUR: Duration = Duration::from_hours(1);

async fn works(server: &TestServer, session: &Session) -> bool {
    let request = session.configuration(server, Method::GET, "app-install/installations?v=1.0");
    match Answer::to(request).await.status {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_session_lives_eight_hours_from_its_last_refresh() {
    let server = TestServer::new().await;
    let session = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    assert_eq!(session.login["sessionTTl"], "28800000");
    for _ in 0..3 {
        server.clock.advance(HOUR * 7);
        let refreshed = session.post(&server, "refresh").await;
        assert_eq!((refreshed.status, refreshed.text.as_str()), (200, ""));
        assert_eq!(
            refreshed.header("set-cookie").unwrap(),
            format!("Session_id={}; Path=/; Secure; HttpOnly", session.cookie)
        );
        assert!(works(&server, &session).await);
    }
    server.clock.advance(Duration::from_millis(8 * 3_600_000 - 1));
    assert!(works(&server, &session).await);
    server.clock.advance(Duration::from_millis(1));
    assert!(!works(&server, &session).await, "using a bearer does not extend its life");
    for action in ["refresh", "logout"] {
        let refused = session.post(&server, action).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]["responseStatus"]),
            (401, &json!("UNAUTHORIZED"))
        );
    }
}

#[tokio::test]
async fn a_csrf_mismatch_is_401_with_code_10_and_ends_nothing() {
    let server = TestServer::new().await;
    let session = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let other = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let mixed = Session { csrf: other.csrf.clone(), ..session.clone() };
    for action in ["refresh", "logout"] {
        let refused = mixed.post(&server, action).await;
        let error = &refused.json()["error"];
        assert_eq!((refused.status, &error["internalCode"]), (401, &json!(10)));
        assert_eq!(error["responseStatus"], "UNAUTHORIZED");
        assert_eq!(error["time"], "Nov 14, 2023 10:13:20 PM");
    }
    assert!(works(&server, &session).await && works(&server, &other).await);
}

/// Spec 20 §6: scaled-out bots log in several times.
#[tokio::test]
async fn sessions_of_one_user_are_independent() {
    let server = TestServer::new().await;
    let (first, second) = (
        server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await,
        server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await,
    );
    assert!(first.bearer != second.bearer && first.cookie != second.cookie && first.csrf != second.csrf);
    assert_eq!(first.login["config"], second.login["config"]);
    assert_eq!(first.post(&server, "logout").await.status, 200);
    assert!(!works(&server, &first).await);
    assert!(works(&server, &second).await);
}

#[tokio::test]
async fn disabling_a_user_or_a_new_password_ends_all_sessions_at_once() {
    let server = TestServer::new().await;
    let admin = Operator::this_process().account_admin(TestServer::account());
    for name in ["disabled", "renewed"] {
        server.create_user(TestServer::ACCOUNT, name, Role::Admin).await;
        let sessions = [
            server.sign_in(TestServer::ACCOUNT, name).await,
            server.sign_in(TestServer::ACCOUNT, name).await,
        ];
        for session in &sessions {
            assert!(works(&server, session).await);
        }
        if name == "disabled" {
            server.services.users.disable(&admin, name).await.unwrap();
        } else {
            let password = Secret::new("a new password".to_owned());
            server.services.users.set_password(&admin, name, password).await.unwrap();
        }
        for session in &sessions {
            assert!(!works(&server, session).await, "{name}");
            assert_eq!(session.post(&server, "refresh").await.status, 401, "{name}");
        }
        assert_eq!(server.try_sign_in(TestServer::ACCOUNT, name, TestServer::PASSWORD).await.status, 401);
    }
    assert_eq!(server.try_sign_in(TestServer::ACCOUNT, "renewed", "a new password").await.status, 200);
}

/// Spec 20 §3.1: what breaks one client or another when it is missing.
#[tokio::test]
async fn the_answer_has_what_every_client_reads() {
    let server = TestServer::new().await;
    server.create_user(TestServer::ACCOUNT, "bot", Role::Agent).await;
    for (name, is_admin) in [(TestServer::ADMIN, true), ("bot", false)] {
        let session = server.sign_in(TestServer::ACCOUNT, name).await;
        let login = &session.login;
        // The bearer goes unescaped into a URL.
        assert!(session.bearer.len() == 64 && session.bearer.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let config = &login["config"];
        assert!(config["userId"].as_str().unwrap().bytes().all(|byte| byte.is_ascii_digit()));
        let pid = config["userPid"].as_str().unwrap();
        assert_eq!((pid.len(), &pid[14..15]), (36, "5"), "UUIDv5");
        assert_eq!((&config["isAdmin"], &config["isLPA"]), (&json!(is_admin), &json!(false)));
        assert_eq!(config["serverCurrentTime"], 1_700_000_000_000_i64);
        assert!(config["userPrivileges"].is_array() && config["timeDiff"].is_i64());
        assert!(config["serverTimeZoneName"].is_string() && config["serverTimeGMTDiff"].is_string());
        assert_eq!(
            login["accountData"]["agentGroupsData"]["items"][0],
            json!({"id": -1, "deleted": false, "name": "Main Group"})
        );
        let lookup = server.get("/api/account/10020030/service/baseURI.json?version=1.0").await.json();
        assert_eq!(login["csdsCollectionResponse"], lookup);
        assert!(login["wsuk"].is_string() && login["csrf"].is_string());
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_by_name_and_only_for_a_minute() {
    let server = TestServer::new().await;
    server.create_user(TestServer::ACCOUNT, "bob", Role::Agent).await;
    let guess =
        async |name: &str, password: &str| server.try_sign_in(TestServer::ACCOUNT, name, password).await;
    for _ in 0..10 {
        assert_eq!(guess("ada", "wrong").await.status, 401);
    }
    let throttled = guess("ada", TestServer::PASSWORD).await;
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, Some("60")));
    assert_eq!(throttled.json()["error"]["responseStatus"], "TOO_MANY_REQUESTS");
    assert_eq!(guess("bob", TestServer::PASSWORD).await.status, 200, "others are not slowed down");
    server.clock.advance(Duration::from_secs(58));
    // Clients are told to wait five seconds at least.
    assert_eq!(guess("ada", TestServer::PASSWORD).await.header("retry-after"), Some("5"));
    server.clock.advance(Duration::from_secs(2));
    assert_eq!(guess("ada", TestServer::PASSWORD).await.status, 200);
}

#[tokio::test]
async fn cookies_may_stand_among_others() {
    let server = TestServer::new().await;
    let session = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    for cookie in [
        format!("a=b; Session_id={}; c=d", session.cookie),
        format!("a=b;Session_id={}", session.cookie),
        format!("Session_id=\"{}\"", session.cookie),
    ] {
        for query in ["", "?v=1.1", "?v=1.2", "?v=1.3"] {
            let request = server.request(Method::POST, &format!("/api/account/10020030/refresh{query}"));
            let request = request.header("cookie", &cookie).json(&json!({"csrf": session.csrf}));
            assert_eq!(Answer::to(request).await.status, 200, "{cookie} {query}");
        }
    }
}
