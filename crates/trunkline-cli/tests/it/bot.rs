//! `trunkline bot` and `serve --echo-bot` as processes.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, Stdio};

use serde_json::{Value, json};

use crate::support::{Server, block_on, https_client, run, run_with, trunkline};

/// A process that logs to standard error; killed when dropped.
struct Logging {
    child: Child,
    lines: BufReader<ChildStderr>,
}

impl Logging {
    fn start(arguments: &[&str]) -> Self {
        let mut child = trunkline(arguments).stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        Self { child, lines }
    }

    /// Reads until a line with these words; returns everything read.
    fn until(&mut self, words: &str) -> String {
        let mut said = String::new();
        while !said.contains(words) {
            let before = said.len();
            self.lines.read_line(&mut said).unwrap();
            assert!(said.len() > before, "it ended without {words:?}: {said}");
        }
        said
    }

    fn interrupt(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
        self.until("stopped");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A consumer asks for an answer, as a connector would do it for him.
fn consumer_says(server: &Server, text: &str) {
    let dev = server.file("dev.json");
    let member = |name: &str| dev[name].as_str().unwrap().to_owned();
    let (base, account) = (member("https"), member("account"));
    let http = https_client(server);
    let post = async |path: String, headers: &[(&str, &str)], body: Value| -> Value {
        let mut request = http.post(format!("{base}{path}"));
        if !body.is_null() {
            request = request.json(&body);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        answer.json().await.unwrap()
    };
    block_on(async {
        let (id, secret) = (&dev["app"]["client_id"], &dev["app"]["client_secret"]);
        let query = format!(
            "v=1.0&grant_type=client_credentials&client_id={}&client_secret={}",
            id.as_str().unwrap(),
            secret.as_str().unwrap()
        );
        let token =
            post(format!("/sentinel/api/account/{account}/app/token?{query}"), &[], Value::Null).await;
        let token = token["access_token"].as_str().unwrap();
        let path = format!("/api/account/{account}/consumer?v=1.0");
        let consumer = post(path, &[("authorization", token)], json!({"ext_consumer_id": "c1"})).await;
        let consumer = consumer["token"].as_str().unwrap().to_owned();
        let headers = [("authorization", token), ("x-lp-on-behalf", consumer.as_str())];
        let path = format!("/api/account/{account}/messaging/consumer/conversation");
        let open = json!([
            {"kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {}},
            {"kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation", "body": {
                "brandId": account, "channelType": "MESSAGING", "ttrDefName": "NORMAL",
                "conversationContext": {"type": "SharkContext", "lang": "en-US", "visitorId": "", "sessionId": ""},
            }},
        ]);
        let opened = post(format!("{path}?v=3"), &headers, open).await;
        let say = json!({"kind": "req", "id": "3", "type": "ms.PublishEvent", "body": {
            "dialogId": opened[1]["body"]["conversationId"],
            "event": {"type": "ContentEvent", "contentType": "text/plain", "message": text},
        }});
        post(format!("{path}/send?v=3"), &headers, say).await;
    });
}

#[test]
fn a_bot_answers_closes_and_ends_on_an_interrupt() {
    let server = Server::dev();
    let script = server.dir.join("bot.toml");
    std::fs::write(&script, "[[on]]\ntext = 'bye'\ndo = [{ say = 'Bye' }, { close = true }]").unwrap();
    let dir = server.dir.to_str().unwrap();
    let mut bot = Logging::start(&["bot", "script", script.to_str().unwrap(), "--data-dir", dir]);
    bot.until(" online");
    consumer_says(&server, "bye then");
    let said = bot.until("closed");
    for (words, count) in [("accepted", 1), ("joined", 1), ("answered", 1), ("bye then", 0), ("Bye", 0)] {
        assert_eq!(said.matches(words).count(), count, "{words}: {said}");
    }
    assert_eq!(bot.interrupt(), Some(0));
}

#[test]
fn an_echo_bot_lives_in_a_development_server() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let addresses = ["--http", "127.0.0.1:0", "--https", "127.0.0.1:0"];
    let mut server =
        Logging::start(&[&["serve", "--dev", "--echo-bot", "--data-dir", dir][..], &addresses].concat());
    server.until(" online");
    assert_eq!(server.interrupt(), Some(0));
    run(&["serve", "--echo-bot"]).failed(2, &["--dev"]);
}

#[test]
fn what_is_wrong_with_a_script_is_said_before_anything_is_done() {
    let wrong = "[[on]]\ntext = 'x'\ndo = [{ say = 'a', close = true }]";
    let ran = run_with(&["bot", "script", "-", "--account", "7", "--bearer", "x"], &[], wrong);
    ran.failed(2, &["rule 1, action 1: needs exactly one of", "hint: docs/bots.md"]);
    run(&["bot", "script", "nowhere.toml", "--account", "7"]).failed(2, &["cannot read nowhere.toml"]);
    let from_both = ["bot", "script", "-", "--account", "7", "--username", "u", "--password-stdin"];
    run(&from_both).failed(2, &["standard input"]);
}

#[test]
fn a_bot_without_server_account_or_credentials_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    run(&["bot", "echo", "--data-dir", dir]).failed(2, &["--account"]);
    run(&["bot", "echo", "--account", "7", "--data-dir", dir]).failed(2, &["--username"]);
    let bearer = ["bot", "echo", "--account", "7", "--bearer", "secret-1", "--data-dir", dir];
    run(&bearer).failed(3, &["no server runs"]);
}

#[test]
fn a_login_that_is_refused_has_its_own_exit_code() {
    let server = Server::dev();
    let password = ["bot", "echo", "--username", "agent", "--password-stdin"];
    let ran = server.run_with(&password, "wrong\n");
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("the server refused the login"), "{ran:?}");
    let ran = server.run(&["bot", "echo", "--bearer", "no-such-bearer"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(!ran.stderr.contains("no-such-bearer"), "{ran:?}");
}
