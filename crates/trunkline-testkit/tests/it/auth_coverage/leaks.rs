//! "Does not exist" and "belongs to somebody else" must look alike.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_testkit::{Answer, TestServer};

use super::assert_alike;
use crate::world::call::Call;
use crate::world::routes::client_credentials;
use crate::world::{ELSEWHERE, World};

const UNKNOWN: &str = "75588e18-0213-4e33-8174-883acac7e3c4";

#[tokio::test]
async fn apps_of_another_account_look_like_none() {
    let world = World::new().await;
    let path = |id: &str| format!("/api/account/10020030/configuration/app-install/installations/{id}?v=1.0");
    let manifest = json!({"client_name": "mine now"}).to_string();
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let ask = async |id: &str| {
            let call =
                Call::new(method.clone(), path(id)).authorization(format!("Bearer {}", world.admin.bearer));
            call.body(manifest.as_str()).send(&world.server).await
        };
        let unknown = ask(UNKNOWN).await;
        assert_eq!(unknown.status, 404);
        for id in [&world.elsewhere.id, &world.deleted.id, "garbled"] {
            assert_alike(&ask(id).await, &unknown, &format!("{method} {id}"));
        }
    }
}

#[tokio::test]
async fn an_admin_cannot_probe_for_accounts() {
    let world = World::new().await;
    for path in ["app-install/installations?v=1.0", "provision/featureGrants?v=1.0"] {
        let ask = async |account: &str| {
            let path = format!("/api/account/{account}/configuration/{path}");
            let call = Call::new(Method::GET, path).authorization(format!("Bearer {}", world.admin.bearer));
            call.send(&world.server).await
        };
        assert_alike(&ask(ELSEWHERE).await, &ask("99").await, path);
    }
}

#[tokio::test]
async fn sentinel_gives_one_answer_to_every_wrong_client() {
    let world = World::new().await;
    let ask = async |account: &str, id: &str, secret: &str| {
        let path =
            format!("/sentinel/api/account/{account}/app/token?v=1.0&{}", client_credentials(id, secret));
        Call::new(Method::POST, path).send(&world.server).await
    };
    let unknown = ask("10020030", UNKNOWN, "x").await;
    assert_eq!(unknown.status, 401);
    for (account, app, secret) in [
        ("10020030", &world.app, "x"),
        ("10020030", &world.disabled, "x"),
        ("10020030", &world.disabled, &world.disabled.secret),
        ("10020030", &world.deleted, &world.deleted.secret),
        ("10020030", &world.elsewhere, &world.elsewhere.secret),
        ("99", &world.app, &world.app.secret),
        (ELSEWHERE, &world.app, &world.app.secret),
    ] {
        assert_alike(&ask(account, &app.id, secret).await, &unknown, account);
    }
}

#[tokio::test]
async fn login_and_refresh_do_not_tell_who_is_known() {
    let world = World::new().await;
    let server = &world.server;
    let unknown = server.try_sign_in("10020030", "nobody", "wrong").await;
    for (account, name, password) in [
        ("10020030", "ada", "wrong"),
        ("10020030", "gone", TestServer::PASSWORD),
        ("10020030", "eve", TestServer::PASSWORD),
        (ELSEWHERE, "ada", TestServer::PASSWORD),
        ("99", "ada", TestServer::PASSWORD),
    ] {
        assert_alike(&server.try_sign_in(account, name, password).await, &unknown, name);
    }
    // Throttling does not tell either: an unknown name is throttled like a known one.
    for _ in 0..10 {
        server.try_sign_in("10020030", "nobody", "wrong").await;
        server.try_sign_in("10020030", "agent", "wrong").await;
    }
    let throttled = server.try_sign_in("10020030", "nobody", "wrong").await;
    assert_eq!(throttled.status, 429);
    assert_alike(&server.try_sign_in("10020030", "agent", TestServer::PASSWORD).await, &throttled, "agent");

    let mut foreign = world.admin_elsewhere.clone();
    "10020030".clone_into(&mut foreign.account);
    let mut nobody = foreign.clone();
    "0".repeat(64).clone_into(&mut nobody.cookie);
    for action in ["refresh", "logout"] {
        assert_alike(&foreign.post(server, action).await, &nobody.post(server, action).await, action);
    }
}

#[tokio::test]
async fn tokens_do_not_probe_for_accounts() {
    let world = World::new().await;
    for suffix in
        ["consumer?v=1.0", "messaging/consumer/conversation?v=3", "messaging/consumer/conversation/send?v=3"]
    {
        let ask = async |account: &str| {
            let call = Call::new(Method::POST, format!("/api/account/{account}/{suffix}"));
            let call = call.authorization(&world.app.app_jwt).header("x-lp-on-behalf", &world.newcomer);
            call.body("{}").send(&world.server).await
        };
        let unknown = ask("99").await;
        assert_eq!(unknown.status, 401);
        assert_alike(&ask(ELSEWHERE).await, &unknown, suffix);
    }
}

#[tokio::test]
async fn conversations_of_others_look_like_none() {
    let world = World::new().await;
    let before = world.state().await;
    // Another consumer of the same app, and an app of another account with a consumer of the same name.
    for (account, app_jwt, jws) in [
        ("10020030", &world.app.app_jwt, &world.stranger),
        ("10020030", &world.app.app_jwt, &world.newcomer),
        (ELSEWHERE, &world.elsewhere.app_jwt, &world.consumer_elsewhere),
    ] {
        let ask = async |request: Value| -> Answer {
            let path = format!("/api/account/{account}/messaging/consumer/conversation/send?v=3");
            let call = Call::new(Method::POST, path).authorization(app_jwt).header("x-lp-on-behalf", jws);
            call.body(request.to_string()).send(&world.server).await
        };
        for (foreign, unknown) in requests(&world.conversation).into_iter().zip(requests(UNKNOWN)) {
            let unknown = ask(unknown).await;
            let body = json!({"code": "BAD_REQUEST", "body": {"msg": "Bad Request"}, "reqId": "7"});
            assert_eq!((unknown.status, unknown.json()), (400, body));
            assert_alike(&ask(foreign.clone()).await, &unknown, &foreign.to_string());
        }
    }
    assert_eq!(world.state().await, before);
}

/// Everything that can be asked of a conversation.
fn requests(id: &str) -> Vec<Value> {
    let publish = |event: Value| json!({"id": "7", "type": "ms.PublishEvent", "body": {"dialogId": id, "conversationId": id, "event": event}});
    let update = |field: Value| {
        json!({"id": "7", "type": "cm.UpdateConversationField",
            "body": {"conversationId": id, "conversationField": field}})
    };
    vec![
        publish(json!({"type": "ContentEvent", "contentType": "text/plain", "message": "x"})),
        publish(json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0]})),
        publish(json!({"type": "ChatStateEvent", "chatState": "COMPOSING"})),
        update(json!({"field": "ConversationStateField", "conversationState": "CLOSE"})),
        update(json!({"field": "Stage", "conversationState": "CLOSE"})),
        update(json!({"field": "CSATRate", "csatRate": 5})),
        update(json!({"field": "TTRField", "ttrType": "URGENT"})),
        update(
            json!({"field": "DialogChange", "type": "UPDATE", "dialog": {"dialogId": id, "state": "CLOSE"}}),
        ),
    ]
}

#[tokio::test]
async fn sockets_do_not_tell_whose_bearer_it_is() {
    let world = World::new().await;
    let ask = async |account: &str, bearer: &str| {
        let path = format!("/ws_api/account/{account}/messaging/brand/{bearer}?v=2.1");
        Call::new(Method::GET, path).send(&world.server).await
    };
    let unknown = ask("10020030", UNKNOWN).await;
    assert_eq!(unknown.status, 401);
    for (account, bearer) in [
        ("10020030", &world.admin_elsewhere.bearer),
        ("10020030", &world.expired.bearer),
        ("10020030", &world.disabled_user.bearer),
        ("10020030", &world.signed_out.bearer),
        (ELSEWHERE, &world.agent.bearer),
        ("99", &world.agent.bearer),
        ("a%20b", &world.agent.bearer),
    ] {
        assert_alike(&ask(account, bearer).await, &unknown, account);
    }
}
