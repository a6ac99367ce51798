//! API keys over the wire: what the operator creates, bots sign in with. Source: spec 20 §3, row 3.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_model::Role;
use trunkline_testkit::{Answer, Session, TestServer};

const USER: &str = "/operator/v1/accounts/10020030/users/bot";

async fn operator(server: &TestServer, method: Method, path: &str) -> Answer {
    Answer::to(server.request(method, path).bearer_auth(TestServer::OPERATOR_TOKEN)).await
}

async fn login(server: &TestServer, body: &Value) -> Answer {
    Answer::to(server.request(Method::POST, "/api/account/10020030/login?v=1.3").json(body)).await
}

fn session(login: &Answer) -> Session {
    let body = login.json();
    let member = |name: &str| body[name].as_str().unwrap().to_owned();
    Session {
        account: TestServer::ACCOUNT.to_owned(),
        bearer: member("bearer"),
        cookie: member("sessionId"),
        csrf: member("csrf"),
        login: body.clone(),
    }
}

#[tokio::test]
async fn a_bot_signs_in_with_the_answer_that_made_its_key() {
    let server = TestServer::new().await;
    let bot = server.create_user(TestServer::ACCOUNT, "bot", Role::Agent).await;
    let created = operator(&server, Method::POST, &format!("{USER}/keys")).await;
    assert_eq!(created.status, 201, "{created:?}");
    let key = created.json();
    assert_eq!((&key["username"], &key["createdAt"]), (&json!("bot"), &json!(1_700_000_000_000_i64)));
    let answer = login(&server, &key).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let signed_in = session(&answer);
    assert_eq!(signed_in.login["config"]["userPid"], bot.agent_id().to_string());
    assert_eq!(signed_in.login["sessionTTl"], "28800000");
    assert_eq!(signed_in.post(&server, "refresh").await.status, 200);

    let list = operator(&server, Method::GET, &format!("{USER}/keys")).await;
    let expected = json!({"keys": [{"appKey": key["appKey"], "createdAt": key["createdAt"]}]});
    assert_eq!(list.json(), expected, "secrets are shown once");

    let app_key = key["appKey"].as_str().unwrap();
    let revoked = operator(&server, Method::DELETE, &format!("{USER}/keys/{app_key}")).await;
    assert_eq!((revoked.status, revoked.json()), (200, json!({})));
    assert_eq!(signed_in.post(&server, "refresh").await.status, 401);
    assert_eq!(login(&server, &key).await.json()["error"]["internalCode"], 8);
    let again = operator(&server, Method::DELETE, &format!("{USER}/keys/{app_key}")).await;
    assert_eq!((again.status, &again.json()["error"]["code"]), (404, &json!("not_found")));
}

/// The first complete row of the table wins, whatever the others hold.
#[tokio::test]
async fn the_first_complete_set_of_credentials_counts() {
    let server = TestServer::new().await;
    server.create_user(TestServer::ACCOUNT, "bot", Role::Agent).await;
    let key = operator(&server, Method::POST, &format!("{USER}/keys")).await.json();
    let with = |members: Value| {
        let mut body = key.clone();
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        body
    };
    let assertion = json!({"jwt": "dummy", "assertion": "x"});
    let password = json!({"password": TestServer::PASSWORD});
    let both = with(json!({"password": TestServer::PASSWORD, "assertion": "x"}));
    for (what, body, status) in [
        ("a password before all", both, 200),
        ("a wrong password before a right key", with(json!({"password": "wrong"})), 401),
        ("an assertion before a key", with(assertion), 501),
        ("a key beside a password that is null", with(json!({"password": null, "assertion": null})), 200),
        (
            "a password beside a broken key",
            with(json!({"password": TestServer::PASSWORD, "appKey": "x"})),
            200,
        ),
        (
            "a password beside half a key",
            with(json!({"password": TestServer::PASSWORD, "secret": null})),
            200,
        ),
        ("half a key", with(json!({"secret": null})), 400),
        ("a key without its user", with(json!({"username": null})), 400),
    ] {
        assert_eq!(login(&server, &body).await.status, status, "{what}");
    }
    assert_eq!(login(&server, &with(password)).await.status, 200);
}

#[tokio::test]
async fn keys_of_what_is_not_there_are_not_found() {
    let server = TestServer::new().await;
    server.create_user(TestServer::ACCOUNT, "bot", Role::Agent).await;
    let zeros = "0".repeat(32);
    for (method, path) in [
        (Method::POST, "/operator/v1/accounts/10020030/users/nobody/keys".to_owned()),
        (Method::GET, "/operator/v1/accounts/10020030/users/nobody/keys".to_owned()),
        (Method::GET, "/operator/v1/accounts/99/users/bot/keys".to_owned()),
        (Method::DELETE, format!("{USER}/keys/{zeros}")),
        (Method::DELETE, format!("{USER}/keys/x")),
        (Method::DELETE, format!("{USER}/keys/%00")),
        (Method::DELETE, format!("/operator/v1/accounts/10020030/users/nobody/keys/{zeros}")),
    ] {
        let answer = operator(&server, method.clone(), &path).await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (404, &json!("not_found")), "{path}");
    }
}
