//! Skills, what is offered to users, and API keys, by command.

use serde_json::{Value, json};

use crate::support::{Ran, Server, block_on, https_client};

const ACCOUNT: &str = "10020030";

fn on_account(server: &Server, command: &[&str]) -> Ran {
    server.run(&[command, &["--account", ACCOUNT, "--format", "json"]].concat())
}

#[test]
fn skills_are_created_and_listed() {
    let server = Server::dev();
    let billing = on_account(&server, &["skill", "create", "billing and bills"]).json();
    let id = billing["id"].as_str().unwrap();
    assert!(!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()), "a decimal number: {id}");
    assert_eq!((&billing["name"], &billing["account"]), (&json!("billing and bills"), &json!(ACCOUNT)));
    let sales = on_account(&server, &["skill", "create", "sales"]).json();
    assert_ne!(sales["id"], billing["id"]);
    let list = on_account(&server, &["skill", "list"]).json();
    assert_eq!((&list["skills"], &list["next"]), (&json!([billing, sales]), &Value::Null));
    let table = server.run(&["skill", "list", "--account", ACCOUNT]);
    assert!(table.stdout.starts_with("ID"), "{}", table.stdout);
    assert!(table.stdout.contains(&format!("{id}  billing and bills  20")), "{}", table.stdout);
    on_account(&server, &["skill", "create", "sales"]).failed(6, &["sales", "skill list --account 10020030"]);
    server.run(&["skill", "create", "x", "--account", "999"]).failed(5, &["trunkline account create 999"]);
    on_account(&server, &["skill", "create", ""]).failed(7, &["1 to 128"]);
}

#[test]
fn what_is_offered_to_a_user_is_set_and_changed() {
    let server = Server::dev();
    let skill = |name: &str| {
        on_account(&server, &["skill", "create", name]).json()["id"].as_str().unwrap().to_owned()
    };
    let (billing, sales) = (skill("billing"), skill("sales"));
    let create = ["user", "create", "ada", "--role", "agent", "--password", "a long password"];
    let ada = on_account(
        &server,
        &[&create[..], &["--skill", &sales, &billing, "--max-conversations", "3"]].concat(),
    );
    let ada = ada.json();
    assert_eq!((&ada["skills"], &ada["max_conversations"]), (&json!([billing, sales]), &json!(3)));
    let update = |more: &[&str]| {
        let user = on_account(&server, &[&["user", "update", "ada"][..], more].concat()).json();
        (user["skills"].clone(), user["max_conversations"].clone())
    };
    assert_eq!(update(&["--skill", &sales]), (json!([sales]), json!(3)));
    assert_eq!(update(&["--no-limit"]), (json!([sales]), Value::Null));
    assert_eq!(update(&["--any-skill", "--max-conversations", "0"]), (json!([]), json!(0)));

    let table = server.run(&["user", "list", "--account", ACCOUNT]).stdout;
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].contains("SKILLS") && lines[0].contains("MAX"), "{table}");
    let words = |name: &str| -> Vec<_> {
        let line = lines.iter().find(|line| line.contains(&format!("  {name} "))).unwrap();
        line.split_whitespace().skip(4).take(2).collect()
    };
    assert_eq!((words("ada"), words("agent")), (vec!["all", "0"], vec!["all", "-"]), "{table}");

    on_account(&server, &["user", "update", "ada", "--skill", "4242"]).failed(7, &["4242"]);
    on_account(&server, &["user", "update", "nobody", "--any-skill"])
        .failed(5, &["user list --account 10020030"]);
    on_account(&server, &["user", "update", "ada"]).failed(2, &["--any-skill"]);
}

#[test]
fn a_bot_signs_in_with_a_key_until_it_is_revoked() {
    let server = Server::dev();
    let base = server.file("dev.json")["https"].as_str().unwrap().to_owned();
    let login = |key: &Value| {
        let call = https_client(&server).post(format!("{base}/api/account/{ACCOUNT}/login?v=1.3")).json(key);
        block_on(call.send()).unwrap().status().as_u16()
    };
    let key = on_account(&server, &["user", "key", "create", "agent"]).json();
    assert_eq!(key["username"], "agent");
    for member in ["appKey", "secret", "accessToken", "accessTokenSecret"] {
        assert_eq!(key[member].as_str().unwrap().len(), 32, "{member}");
    }
    assert_eq!(login(&key), 200);

    let shown = server.run(&["user", "key", "create", "agent", "--account", ACCOUNT]).stdout;
    let value = |name: &str| {
        let line = shown.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    let second = json!({"username": value("username"), "appKey": value("appKey"), "secret": value("secret"),
        "accessToken": value("accessToken"), "accessTokenSecret": value("accessTokenSecret")});
    assert_eq!(login(&second), 200);

    let list = on_account(&server, &["user", "key", "list", "agent"]);
    let names: Vec<_> =
        list.json()["keys"].as_array().unwrap().iter().map(|key| key["appKey"].clone()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&key["appKey"]) && names.contains(&second["appKey"]));
    assert!(!list.stdout.contains(key["secret"].as_str().unwrap()));

    let app_key = key["appKey"].as_str().unwrap();
    let revoke = ["user", "key", "revoke", "agent", app_key];
    assert_eq!(on_account(&server, &revoke).code, 0);
    assert_eq!((login(&key), login(&second)), (401, 200));
    on_account(&server, &revoke).failed(5, &["API key not found", "user key list agent --account 10020030"]);
    on_account(&server, &["user", "key", "revoke", "agent", "x"])
        .failed(2, &["32 lower-case hex characters"]);
    on_account(&server, &["user", "key", "create", "nobody"]).failed(5, &["user list --account 10020030"]);
}

#[test]
fn an_account_is_set_up_by_command() {
    let server = Server::dev();
    let json = ["--format", "json"];
    let behaviour = |command: &[&str]| server.run(&[command, &json].concat()).json();
    let expected = |seconds: u32, offer: &str| {
        json!({"account": ACCOUNT, "close_after_seconds": seconds, "offer": offer,
            "ttr_urgent_seconds": 300, "ttr_prioritized_seconds": 600, "ttr_normal_seconds": 1200,
            "web_chat": true})
    };
    assert_eq!(behaviour(&["account", "show", ACCOUNT]), expected(604_800, "creation"));
    assert_eq!(
        behaviour(&["account", "set", ACCOUNT, "--close-after", "36h"]),
        expected(129_600, "creation")
    );
    let set = ["account", "set", ACCOUNT, "--offer", "first-message"];
    assert_eq!(behaviour(&set), expected(129_600, "first_message"));
    let text = server.run(&["account", "show", ACCOUNT]).stdout;
    assert!(text.contains("close after      36h") && text.contains("first-message"), "{text}");
    let back = ["account", "set", ACCOUNT, "--offer", "default", "--close-after", "default"];
    assert_eq!(behaviour(&back), expected(604_800, "creation"));
    let target = ["account", "set", ACCOUNT, "--ttr-prioritized", "90s"];
    assert_eq!(behaviour(&target)["ttr_prioritized_seconds"], 90);
    let closed = behaviour(&["account", "set", ACCOUNT, "--web-chat", "false"]);
    assert_eq!((&closed["web_chat"], &closed["ttr_prioritized_seconds"]), (&json!(false), &json!(90)));
    let back = behaviour(&["account", "set", ACCOUNT, "--web-chat", "default"]);
    assert_eq!(back["web_chat"], true, "as the server is configured");
    server.run(&["account", "set", ACCOUNT]).failed(2, &["--close-after"]);
    server.run(&["account", "set", ACCOUNT, "--close-after", "0s"]).failed(7, &["1 to 315360000 seconds"]);
    server.run(&["account", "show", "999"]).failed(5, &["trunkline account create 999"]);
}

#[test]
fn engagements_are_set_listed_and_removed() {
    let server = Server::dev();
    let skill =
        on_account(&server, &["skill", "create", "billing"]).json()["id"].as_str().unwrap().to_owned();
    let set = on_account(
        &server,
        &["engagement", "set", "--campaign", "5100", "--engagement", "5200", "--skill", &skill],
    );
    let both = json!({"campaign": "5100", "engagement": "5200", "skill": skill});
    assert_eq!(set.json(), both);
    let campaign = json!({"campaign": "5100", "engagement": null, "skill": skill});
    let set = on_account(&server, &["engagement", "set", "--campaign", "5100", "--skill", &skill]);
    assert_eq!(set.json(), campaign);
    let list = on_account(&server, &["engagement", "list"]).json();
    assert_eq!(list["engagements"], json!([campaign, both]));
    let table = server.run(&["engagement", "list", "--account", ACCOUNT]).stdout;
    assert!(table.starts_with("CAMPAIGN  ENGAGEMENT  SKILL") && table.contains("5100      any"), "{table}");
    assert_eq!(on_account(&server, &["engagement", "remove", "--campaign", "5100"]).json(), json!({}));
    on_account(&server, &["engagement", "remove", "--campaign", "5100"])
        .failed(5, &["engagement list --account 10020030"]);
    let unknown = ["engagement", "set", "--campaign", "1", "--skill", "4242"];
    on_account(&server, &unknown).failed(7, &["no skill 4242"]);
    on_account(&server, &["engagement", "set", "--skill", &skill]).failed(2, &["--campaign"]);
}
