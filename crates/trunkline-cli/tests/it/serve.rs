//! `trunkline serve`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::support::{Server, block_on, https_client, run};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn dev_writes_exactly_what_is_promised() {
    let server = Server::dev();
    let text = std::fs::read_to_string(server.dir.join("dev.json")).unwrap();
    let dev = server.file("dev.json");
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&dev), ["account", "admin", "agent", "app", "ca_file", "http", "https"]);
    assert_eq!(names(&dev["admin"]), ["password", "username"]);
    assert_eq!(names(&dev["agent"]), ["password", "username"]);
    assert_eq!(names(&dev["app"]), ["client_id", "client_secret"]);
    let order = ["\"account\"", "\"http\"", "\"https\"", "\"ca_file\"", "\"admin\"", "\"agent\"", "\"app\""];
    assert!(order.map(|name| text.find(name).unwrap()).is_sorted(), "{text}");
    assert_eq!(dev["account"], "10020030");
    assert!(dev["http"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert!(dev["https"].as_str().unwrap().starts_with("https://127.0.0.1:"));
    assert!(Path::new(dev["ca_file"].as_str().unwrap()).is_absolute());
}

/// The official sample shows all of it (spec 10 §2 C4).
#[test]
fn the_app_of_a_development_server_says_what_it_is() {
    let server = Server::dev();
    let dev = server.file("dev.json");
    let base = format!("{}/api/account/10020030", dev["http"].as_str().unwrap());
    let (client, admin) = (https_client(&server), &dev["admin"]);
    let apps: Value = block_on(async {
        let login = client.post(format!("{base}/login?v=1.3")).json(admin).send().await.unwrap();
        let bearer = login.json::<Value>().await.unwrap()["bearer"].as_str().unwrap().to_owned();
        let list = client.get(format!("{base}/configuration/app-install/installations?v=1.0"));
        list.bearer_auth(bearer).send().await.unwrap().json().await.unwrap()
    });
    let app = &apps[0];
    assert_eq!((&app["client_id"], &app["scope"]), (&dev["app"]["client_id"], &"msg.consumer".into()));
    for member in ["client_name", "description"] {
        assert!(app[member].as_str().is_some_and(|text| !text.is_empty()), "{member} in {app}");
    }
}

#[test]
fn files_with_secrets_are_private() {
    let server = Server::dev();
    assert_eq!(mode(&server.dir), 0o700);
    for name in ["dev.json", "operator.token", "master.key", "server.json", "dev-ca.key", "dev-server.key"] {
        assert_eq!(mode(&server.dir.join(name)), 0o600, "{name}");
    }
    let token = std::fs::read_to_string(server.dir.join("operator.token")).unwrap();
    assert!(token.trim().len() == 64 && token.trim().bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn both_listeners_serve_when_dev_json_is_there() {
    let server = Server::dev();
    let dev = server.file("dev.json");
    let client = https_client(&server);
    let https = dev["https"].as_str().unwrap();
    let by_name = https.replace("127.0.0.1", "localhost");
    for base in [dev["http"].as_str().unwrap(), https, &by_name] {
        let ready = block_on(client.get(format!("{base}/health/ready")).send()).unwrap();
        assert_eq!(ready.status(), 200, "{base}");
    }
}

#[test]
fn a_second_start_changes_nothing_but_the_addresses() {
    let mut server = Server::dev();
    let (dev, ca) = (server.file("dev.json"), std::fs::read(server.dir.join("dev-ca.pem")).unwrap());
    assert_eq!(server.stop().code(), Some(0));
    assert!(!server.dir.join("server.json").exists());

    let again = Server::start(&server.dir, &["--dev"], &[]);
    let after = again.file("dev.json");
    for member in ["account", "ca_file", "admin", "agent", "app"] {
        assert_eq!(after[member], dev[member], "{member}");
    }
    assert_eq!(std::fs::read(again.dir.join("dev-ca.pem")).unwrap(), ca);
    let client = https_client(&again);
    let url = format!("{}/api/account/10020030/login?v=1.3", after["https"].as_str().unwrap());
    for user in ["admin", "agent"] {
        let body = serde_json::json!({"username": dev[user]["username"], "password": dev[user]["password"]});
        assert_eq!(block_on(client.post(&url).json(&body).send()).unwrap().status(), 200, "{user}");
    }
}

#[test]
fn a_directory_that_was_moved_names_its_own_authority() {
    let mut server = Server::dev();
    let before = server.file("dev.json");
    server.stop();
    let elsewhere = server.dir.with_file_name("elsewhere");
    std::fs::rename(&server.dir, &elsewhere).unwrap();
    let moved = Server::start(&elsewhere, &["--dev"], &[]);
    let after = moved.file("dev.json");
    assert_eq!(Path::new(after["ca_file"].as_str().unwrap()), elsewhere.join("dev-ca.pem"));
    assert_eq!((&after["admin"], &after["app"]), (&before["admin"], &before["app"]));
}

#[test]
fn a_used_directory_without_dev_json_is_not_taken_over() {
    let mut server = Server::dev();
    server.stop();
    std::fs::remove_file(server.dir.join("dev.json")).unwrap();
    let dir = server.dir.to_str().unwrap();
    run(&["serve", "--dev", "--data-dir", dir, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"])
        .failed(1, &["dev.json is missing", "hint:", "--data-dir"]);
}

#[test]
fn a_set_up_that_was_killed_is_taken_up() {
    let mut server = Server::dev();
    assert!(!server.dir.join("dev.incomplete").exists());
    let before = server.file("dev.json");
    server.stop();
    // What a kill leaves between the first change of the store and the writing of dev.json.
    std::fs::remove_file(server.dir.join("dev.json")).unwrap();
    std::fs::write(server.dir.join("dev.incomplete"), "").unwrap();

    let again = Server::start(&server.dir, &["--dev"], &[]);
    let after = again.file("dev.json");
    assert_eq!(after["app"], before["app"]);
    let url = format!("{}/api/account/10020030/login?v=1.3", after["https"].as_str().unwrap());
    let body = serde_json::json!({"username": "admin", "password": after["admin"]["password"]});
    assert_eq!(block_on(https_client(&again).post(&url).json(&body).send()).unwrap().status(), 200);
    assert!(!again.dir.join("dev.incomplete").exists());
}

#[test]
fn two_servers_do_not_share_a_directory() {
    let server = Server::dev();
    let dir = server.dir.to_str().unwrap();
    run(&["serve", "--dev", "--data-dir", dir, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"])
        .failed(6, &[dir, "hint:", "stop that server"]);
}

#[test]
fn sigint_ends_it_like_sigterm() {
    let mut server = Server::dev();
    server.signal("INT");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn production_needs_a_certificate_or_a_proxy() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("data");
    let ran = run(&["serve", "--data-dir", dir.to_str().unwrap(), "--http", "127.0.0.1:0"]);
    ran.failed(2, &["no certificate", "--dev", "tls.certificate_file", "plain_http_behind_proxy"]);
    assert!(!dir.exists(), "nothing is created by a start that cannot succeed");

    let behind_proxy = [("TRUNKLINE_SERVER__PLAIN_HTTP_BEHIND_PROXY", "true")];
    let mut server = Server::start(&dir, &[], &behind_proxy);
    assert!(!dir.join("dev.json").exists());
    assert_eq!(server.file("server.json")["https"], Value::Null);
    assert_eq!(
        server.run(&["account", "list", "--format", "json"]).json()["accounts"],
        serde_json::json!([])
    );
    assert_eq!(server.stop().code(), Some(0));
}

#[test]
fn production_serves_with_certificate_files() {
    let mut dev = Server::dev();
    dev.stop();
    let (certificate, key) = (dev.dir.join("dev-server.pem"), dev.dir.join("dev-server.key"));
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("TRUNKLINE_TLS__CERTIFICATE_FILE", certificate.to_str().unwrap()),
        ("TRUNKLINE_TLS__KEY_FILE", key.to_str().unwrap()),
    ];
    let server = Server::start(&folder.path().join("data"), &[], &files);
    let https = server.file("server.json")["https"].as_str().unwrap().to_owned();
    let ready = block_on(https_client(&dev).get(format!("{https}/health/ready")).send()).unwrap();
    assert_eq!(ready.status(), 200);
}

#[test]
fn a_store_does_not_open_with_another_master_key() {
    let mut server = Server::dev();
    server.stop();
    std::fs::write(server.dir.join("master.key"), "0".repeat(64)).unwrap();
    let dir = server.dir.to_str().unwrap();
    run(&["serve", "--dev", "--data-dir", dir, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"])
        .failed(1, &["master key", "hint:"]);
}

#[test]
fn a_store_without_its_master_key_is_refused() {
    let mut server = Server::dev();
    server.stop();
    std::fs::remove_file(server.dir.join("master.key")).unwrap();
    let dir = server.dir.to_str().unwrap();
    run(&["serve", "--dev", "--data-dir", dir, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"])
        .failed(1, &["master.key is missing", "hint: put it back"]);
    assert!(!server.dir.join("master.key").exists());
}
