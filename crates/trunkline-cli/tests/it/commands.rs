//! The operator commands against a running server.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Ran, Server, block_on, https_client, run};

const ACCOUNT: &str = "10020030";
const UNKNOWN_APP: &str = "3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41";

fn install(server: &Server, manifest: &Value) -> Ran {
    server.run_with(&["app", "install", "-", "--account", ACCOUNT, "--format", "json"], &manifest.to_string())
}

fn connector(name: &str) -> Value {
    json!({"client_name": name, "grant_types": ["client_credentials"], "scope": "msg.consumer"})
}

/// The status of a request for an AppJWT.
fn sign_in(server: &Server, client_id: &str, secret: &str) -> u16 {
    let base = server.file("dev.json")["https"].as_str().unwrap().to_owned();
    let url = format!(
        "{base}/sentinel/api/account/{ACCOUNT}/app/token?v=1.0&grant_type=client_credentials&client_id={client_id}&client_secret={secret}"
    );
    block_on(https_client(server).post(url).send()).unwrap().status().as_u16()
}

#[test]
fn accounts_are_created_and_listed() {
    let server = Server::dev();
    assert_eq!(server.run(&["account", "create", "7", "--format", "json"]).json()["id"], "7");
    let list = server.run(&["account", "list", "--format", "json"]).json();
    assert_eq!(list["accounts"].as_array().unwrap().len(), 2);
    let table = server.run(&["account", "list"]);
    assert!(table.stdout.starts_with("ID") && table.stdout.contains("10020030  20"), "{}", table.stdout);
    server.run(&["account", "create", "7"]).failed(6, &["7 already exists", "trunkline account list"]);
}

#[test]
fn lists_longer_than_a_page_are_complete() {
    let server = Server::dev();
    let token = std::fs::read_to_string(server.dir.join("operator.token")).unwrap();
    let base = server.file("dev.json")["http"].as_str().unwrap().to_owned();
    let client = https_client(&server);
    block_on(async {
        for number in 0..120 {
            let body = json!({"id": format!("a{number:03}")});
            let call =
                client.post(format!("{base}/operator/v1/accounts")).bearer_auth(token.trim()).json(&body);
            assert_eq!(call.send().await.unwrap().status(), 201);
        }
    });
    let list = server.run(&["account", "list", "--format", "json"]).json();
    assert_eq!(list["accounts"].as_array().unwrap().len(), 121);
    assert_eq!(list["next"], Value::Null);
}

#[test]
fn users_are_created_changed_and_disabled() {
    let server = Server::dev();
    let user = server.run_with(
        &[
            "user",
            "create",
            "ada b/c",
            "--account",
            ACCOUNT,
            "--role",
            "manager",
            "--password-stdin",
            "--format",
            "json",
        ],
        "a long password\n",
    );
    let user = user.json();
    assert_eq!(
        (&user["login_name"], &user["role"], &user["enabled"]),
        (&json!("ada b/c"), &json!("manager"), &json!(true))
    );
    assert!(user.get("password").is_none());

    let base = server.file("dev.json")["https"].as_str().unwrap().to_owned();
    let login = |password: &str| {
        let body = json!({"username": "ada b/c", "password": password});
        let call =
            https_client(&server).post(format!("{base}/api/account/{ACCOUNT}/login?v=1.3")).json(&body);
        block_on(call.send()).unwrap().status().as_u16()
    };
    assert_eq!(login("a long password"), 200);
    let set = ["user", "set-password", "ada b/c", "--account", ACCOUNT, "--password", "another password"];
    assert_eq!(server.run(&set).code, 0);
    assert_eq!((login("a long password"), login("another password")), (401, 200));
    assert_eq!(server.run(&["user", "disable", "ada b/c", "--account", ACCOUNT]).code, 0);
    assert_eq!(login("another password"), 401);

    let list = server.run(&["user", "list", "--account", ACCOUNT, "--format", "json"]).json();
    let names: Vec<_> =
        list["users"].as_array().unwrap().iter().map(|user| user["login_name"].as_str().unwrap()).collect();
    assert_eq!(names, ["admin", "agent", "ada b/c"]);
}

#[test]
fn refused_users_are_explained() {
    let server = Server::dev();
    let create = |name: &str, account: &str, password: &str| {
        server.run(&["user", "create", name, "--account", account, "--role", "agent", "--password", password])
    };
    create("admin", ACCOUNT, "a long password").failed(6, &["admin", "user list --account 10020030"]);
    create("bob", ACCOUNT, "short").failed(7, &["8"]);
    create("bob", "999", "a long password").failed(5, &["999", "trunkline account create 999"]);
    server
        .run(&["user", "disable", "nobody", "--account", ACCOUNT])
        .failed(5, &["not found", "user list --account 10020030"]);
}

#[test]
fn an_app_lives_from_install_to_delete() {
    let server = Server::dev();
    let app = install(&server, &connector("com.example.one")).json();
    let (id, secret) = (app["client_id"].as_str().unwrap(), app["client_secret"].as_str().unwrap());
    assert_eq!(sign_in(&server, id, secret), 200);

    let on = |verb: &str| server.run(&["app", verb, id, "--account", ACCOUNT, "--format", "json"]);
    assert!(on("show").json().get("client_secret").is_none());
    assert_eq!(on("disable").json()["enabled"], false);
    assert_eq!(sign_in(&server, id, secret), 401);
    assert_eq!(on("enable").json()["enabled"], true);
    assert_eq!(sign_in(&server, id, secret), 200);

    let list = server.run(&["app", "list", "--account", ACCOUNT, "--format", "json"]).json();
    assert_eq!(list["apps"].as_array().unwrap().len(), 2);
    assert!(!list.to_string().contains("client_secret\""));

    assert_eq!(on("delete").code, 0);
    assert_eq!(sign_in(&server, id, secret), 401);
    on("show").failed(5, &["not found"]);
}

#[test]
fn a_rotated_secret_overlaps_with_the_old_one() {
    let server = Server::dev();
    let app = install(&server, &connector("com.example.one")).json();
    let (id, old) = (app["client_id"].as_str().unwrap(), app["client_secret"].as_str().unwrap());
    let rotate = |more: &[&str]| {
        let mut arguments = vec!["app", "rotate-secret", id, "--account", ACCOUNT, "--format", "json"];
        arguments.extend(more);
        server.run(&arguments).json()["client_secret"].as_str().unwrap().to_owned()
    };
    let new = rotate(&[]);
    assert_ne!(new, old);
    assert_eq!((sign_in(&server, id, old), sign_in(&server, id, &new)), (200, 200));
    let newest = rotate(&["--overlap", "0s"]);
    assert_eq!((sign_in(&server, id, &new), sign_in(&server, id, &newest)), (401, 200));
}

#[test]
fn a_manifest_is_refused_with_every_rule_it_breaks() {
    let server = Server::dev();
    let webhook = |endpoint: &str| {
        let webhooks =
            json!({"ms.MessagingEventNotification.ContentEvent": {"endpoint": endpoint, "max_retries": 9}});
        json!({"client_name": "com.example.one", "capabilities": {"webhooks": webhooks}})
    };
    install(&server, &webhook("http://example.org/x"))
        .failed(7, &["ContentEvent.endpoint", "https://", "max_retries"]);
    let loopback = json!({"client_name": "com.example.loopback", "capabilities": {"webhooks":
        {"ms.MessagingEventNotification.ContentEvent": {"endpoint": "http://127.0.0.1:9/x"}}}});
    assert_eq!(install(&server, &loopback).code, 0, "loopback is allowed in --dev");
    assert_eq!(install(&server, &connector("com.example.two")).code, 0);
    install(&server, &connector("com.example.two"))
        .failed(6, &["client_name", "app list --account 10020030"]);
    server.run_with(&["app", "install", "-", "--account", ACCOUNT], "{").failed(7, &["not JSON"]);
    server.run(&["app", "install", "/nowhere.json", "--account", ACCOUNT]).failed(2, &["/nowhere.json"]);
    server
        .run(&["app", "show", UNKNOWN_APP, "--account", ACCOUNT])
        .failed(5, &["not found", "app list --account 10020030"]);
}

#[test]
fn keys_rotate() {
    let server = Server::dev();
    let states = |value: &Value| {
        let keys = value["keys"].as_array().unwrap().iter();
        keys.map(|key| key["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let list = server.run(&["key", "list", "--format", "json"]).json();
    assert_eq!(list["keys"].as_array().unwrap().len(), 6);
    for purpose in ["appjwt", "consumerjws", "webconsumer"] {
        let rotated = server.run(&["key", "rotate", purpose, "--format", "json"]).json();
        assert_eq!(states(&rotated), ["retired", "active", "next"]);
    }
    assert!(!list.to_string().contains("private"));
}

#[test]
fn a_server_is_found_by_url_and_token_file_too() {
    let server = Server::dev();
    let dev = server.file("dev.json");
    let elsewhere = tempfile::tempdir().unwrap();
    let token = server.dir.join("operator.token");
    let with = |url: &str, token: &Path, ca: Option<&Path>| {
        let mut arguments =
            vec!["key", "list", "--data-dir", elsewhere.path().to_str().unwrap(), "--server", url];
        arguments.extend(["--token-file", token.to_str().unwrap()]);
        arguments.extend(ca.into_iter().flat_map(|ca| ["--ca-file", ca.to_str().unwrap()]));
        run(&arguments)
    };
    assert_eq!(with(dev["http"].as_str().unwrap(), &token, None).code, 0);
    assert_eq!(with(dev["https"].as_str().unwrap(), &token, Some(&server.dir.join("dev-ca.pem"))).code, 0);
    with(dev["https"].as_str().unwrap(), &token, None).failed(3, &["no answer"]);

    let wrong = elsewhere.path().join("token");
    std::fs::write(&wrong, "0".repeat(64)).unwrap();
    with(dev["http"].as_str().unwrap(), &wrong, None).failed(4, &["operator token is wrong", "hint:"]);
}

#[test]
fn without_a_server_the_way_to_start_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    run(&["account", "list", "--data-dir", dir])
        .failed(3, &["no server runs", &format!("trunkline serve --data-dir {dir}")]);

    let mut server = Server::dev();
    let stale = std::fs::read(server.dir.join("server.json")).unwrap();
    server.stop();
    std::fs::write(server.dir.join("server.json"), stale).unwrap();
    server.run(&["account", "list"]).failed(3, &["no answer", "trunkline serve --data-dir"]);
}

#[test]
fn identity_providers_are_set_shown_and_cleared() {
    let server = Server::dev();
    let on = |verb: &'static str, more: &[&'static str]| {
        let mut arguments = vec!["account", "identity", verb];
        arguments.extend(more);
        arguments.extend(["--account", ACCOUNT]);
        arguments
    };
    server.run(&on("show", &[])).failed(5, &["no identity provider", "trunkline account identity set"]);
    let key = json!({"kty": "RSA", "kid": "a", "n": format!("{}w", "x".repeat(341)), "e": "AQAB"});
    let provider = json!({"issuer": "https://id.example.org", "keys": [key]});
    let set = server.run_with(&on("set", &["-"]), &provider.to_string());
    assert!(set.stdout.contains("https://id.example.org") && set.stdout.contains('a'), "{}", set.stdout);
    let shown = server.run(&on("show", &["--format", "json"]));
    assert_eq!(shown.json(), provider);
    assert_eq!(server.run_with(&on("set", &["-"]), &shown.stdout).code, 0, "what is shown may be set");
    let mut private = provider.clone();
    private["keys"][0]["d"] = json!("AQ");
    server.run_with(&on("set", &["-"]), &private.to_string()).failed(2, &["private", "docs/web-chat.md"]);
    let short = json!({"issuer": "x", "keys": [{"kty": "RSA", "n": "AQ", "e": "AQAB"}]});
    server.run_with(&on("set", &["-"]), &short.to_string()).failed(7, &["keys[0]", "2048"]);
    server.run(&on("set", &["no-such-file.json"])).failed(2, &["cannot read no-such-file.json"]);
    assert_eq!(server.run(&on("clear", &[])).code, 0);
    server.run(&on("show", &[])).failed(5, &["no identity provider"]);
}

#[test]
fn surveys_are_set_shown_and_cleared() {
    let server = Server::dev();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/survey.toml");
    let on = |verb: &'static str, more: &[&'static str]| {
        let mut arguments = vec!["survey", verb];
        arguments.extend(more);
        arguments.extend(["--account", ACCOUNT]);
        arguments
    };
    server.run(&on("show", &[])).failed(5, &["has no survey", "trunkline survey set"]);
    let set = server.run(&on("set", &[example]));
    assert!(
        set.stdout.contains("timeout = \"10m\"") && set.stdout.contains("[[question]]"),
        "{}",
        set.stdout
    );
    let shown = server.run(&on("show", &[]));
    assert_eq!(shown.stdout, set.stdout);
    // What is shown may be set.
    assert_eq!(server.run_with(&on("set", &["-"]), &shown.stdout).stdout, shown.stdout);
    let json = server.run(&on("show", &["--format", "json"])).json();
    assert_eq!(json["question"][1]["replies"][0], json!({"id": "yes", "text": "Yes", "value": true}));
    server
        .run_with(&on("set", &["-"]), "[[question]]\nid = \"q\"\ntext = \"?\"\nkind = \"choice\"\n")
        .failed(7, &["question 1 (\"q\")", "2 to 20 replies are needed"]);
    server
        .run_with(&on("set", &["-"]), "[[question]]\nid = 5\n")
        .failed(2, &["standard input is no survey", "line 2", "docs/surveys.md"]);
    server.run(&on("set", &["no-such-file.toml"])).failed(2, &["cannot read no-such-file.toml"]);
    assert_eq!(server.run(&on("clear", &[])).code, 0);
    server.run(&on("show", &[])).failed(5, &["has no survey"]);
}

#[test]
fn automatic_messages_are_set_shown_and_cleared() {
    let server = Server::dev();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/messages.toml");
    let on = |verb: &'static str, more: &[&'static str]| {
        let mut arguments = vec!["account", "messages", verb];
        arguments.extend(more);
        arguments.extend(["--account", ACCOUNT]);
        arguments
    };
    server.run(&on("show", &[])).failed(5, &["has no automatic messages", "trunkline account messages set"]);
    let set = server.run(&on("set", &[example]));
    assert!(set.stdout.contains("welcome = \"Thank you for your message."), "{}", set.stdout);
    let shown = server.run(&on("show", &[]));
    assert_eq!(shown.stdout, set.stdout);
    // What is shown may be set.
    assert_eq!(server.run_with(&on("set", &["-"]), &shown.stdout).stdout, shown.stdout);
    let short = server.run_with(&on("set", &["-", "--format", "json"]), "welcome = \"Hi.\"\n").json();
    assert_eq!(short, json!({"welcome": "Hi."}));
    server.run_with(&on("set", &["-"]), "welcome = \" \"\n").failed(7, &["welcome must have"]);
    server
        .run_with(&on("set", &["-"]), "\ngreeting = \"Hi.\"\n")
        .failed(2, &["standard input is no file of messages", "line 2", "docs/auto-messages.md"]);
    assert_eq!(server.run(&on("clear", &[])).code, 0);
    server.run(&on("show", &[])).failed(5, &["has no automatic messages"]);
}

#[test]
fn consumers_are_erased_and_the_trail_says_so() {
    let server = Server::dev();
    let erase = |name: &[&'static str]| {
        let mut arguments = vec!["consumer", "erase", "--account", ACCOUNT];
        arguments.extend(name);
        server.run(&arguments)
    };
    let by_name = erase(&["crm-1", "--format", "json"]).json();
    assert_eq!((&by_name["conversations"], &by_name["profile"]), (&json!(0), &json!(false)));
    let text = erase(&["crm-1"]);
    assert_eq!(text.code, 0);
    assert!(text.stdout.contains("conversations  0") && text.stderr.contains("is the name right?"));
    erase(&["--id", "crm-1"]).failed(2, &["64 lower-case hex characters"]);
    server.run(&["consumer", "erase", "x", "--account", "7"]).failed(5, &["account 7 not found"]);
    let list = server.run(&["audit", "list", "--account", ACCOUNT, "--format", "json"]).json();
    let actions: Vec<_> = list["entries"].as_array().unwrap().iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["erasure.begun", "erasure.done", "erasure.begun", "erasure.done"]);
    assert_eq!(list["entries"][1]["subject"], by_name["consumer_id"]);
    let table = server.run(&["audit", "list", "--account", ACCOUNT, "--since", "1h"]);
    assert!(table.stdout.starts_with("NUMBER") && table.stdout.contains("erasure.done"), "{}", table.stdout);
    let later =
        ["audit", "list", "--account", ACCOUNT, "--since", "2999-01-01T00:00:00Z", "--format", "json"];
    assert_eq!(server.run(&later).json(), json!({"entries": [], "next": null}));
}

#[test]
fn retention_is_set_shown_and_cleared() {
    let server = Server::dev();
    let on = |verb: &'static str, more: &[&'static str]| {
        let mut arguments = vec!["account", "retention", verb, "--account", ACCOUNT];
        arguments.extend(more);
        server.run(&arguments)
    };
    assert_eq!(on("show", &[]).stdout, "content  forever\n");
    assert_eq!(on("set", &["--content", "90d"]).stdout, "content  90d\n");
    assert_eq!(on("show", &["--format", "json"]).json(), json!({"content_seconds": 7_776_000}));
    on("set", &["--content", "30s"]).failed(7, &["an hour at least"]);
    on("set", &["--content", "90"]).failed(2, &["a whole number and a unit"]);
    assert_eq!(on("set", &["--content", "forever"]).stdout, "content  forever\n");
    assert_eq!(on("clear", &[]).stdout, format!("cleared  {ACCOUNT}\n"));
}
