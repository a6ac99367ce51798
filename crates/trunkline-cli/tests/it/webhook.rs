//! `trunkline webhook` against a running server, with a receiver of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Ran, Server, block_on, https_client};

const ACCOUNT: &str = "10020030";

/// Takes everything: 200 to every request on a port of its own, until the test ends.
fn receiver() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/hook?key=hush", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || stream.map(answer));
        }
    });
    url
}

/// Answers one connection to its end.
fn answer(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            match reader.read_line(&mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) if line == "\r\n" => break,
                Ok(_) => {}
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let body = reader.by_ref().take(length).read_to_end(&mut Vec::new());
        let said = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\"OK\"");
        if body.is_err() || said.is_err() {
            return;
        }
    }
}

/// Installs an app that hears of conversations at this endpoint, if there is one.
fn install(server: &Server, endpoint: Option<&str>) -> String {
    let webhooks = endpoint.map_or_else(
        || json!({}),
        |endpoint| json!({"cqm.ExConversationChangeNotification": {"endpoint": endpoint}}),
    );
    let manifest = json!({"client_name": "com.example.one", "grant_types": ["client_credentials"],
        "scope": "msg.consumer", "capabilities": {"webhooks": webhooks}});
    let arguments = ["app", "install", "-", "--account", ACCOUNT, "--format", "json"];
    let app = server.run_with(&arguments, &manifest.to_string()).json();
    app["client_id"].as_str().unwrap().to_owned()
}

fn webhook(server: &Server, verb: &str, app: &str, more: &[&str]) -> Ran {
    let mut arguments = vec!["webhook", verb, app, "--account", ACCOUNT];
    arguments.extend(more);
    server.run(&arguments)
}

/// Opens a conversation as the app of `dev.json` and returns its id.
fn open_conversation(server: &Server) -> String {
    let dev = server.file("dev.json");
    let base = dev["https"].as_str().unwrap();
    let (id, secret) =
        (dev["app"]["client_id"].as_str().unwrap(), dev["app"]["client_secret"].as_str().unwrap());
    let client = https_client(server);
    let post = async |path: String, headers: &[(&str, &str)], body: Value| -> Value {
        let mut call = client.post(format!("{base}{path}")).json(&body);
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        call.send().await.unwrap().json().await.unwrap()
    };
    block_on(async {
        let token = format!(
            "{base}/sentinel/api/account/{ACCOUNT}/app/token?v=1.0&grant_type=client_credentials&client_id={id}&client_secret={secret}"
        );
        let token: Value = client.post(token).send().await.unwrap().json().await.unwrap();
        let jwt = token["access_token"].as_str().unwrap();
        let path = format!("/api/account/{ACCOUNT}/consumer?v=1.0");
        let consumer = post(path, &[("authorization", jwt)], json!({"ext_consumer_id": "crm-4711"})).await;
        let jws = consumer["token"].as_str().unwrap();
        let body = json!([
            {"kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {}},
            {"kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation", "body": {"brandId": ACCOUNT}},
        ]);
        let path = format!("/api/account/{ACCOUNT}/messaging/consumer/conversation?v=3");
        let opened = post(path, &[("authorization", jwt), ("x-lp-on-behalf", jws)], body).await;
        opened[1]["body"]["conversationId"].as_str().unwrap().to_owned()
    })
}

/// A running `trunkline webhook tail`; killed when dropped.
struct Tail {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
}

impl Tail {
    /// Returns when it follows.
    fn of(server: &Server, app: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_trunkline"))
            .args(["--data-dir", server.dir.to_str().unwrap(), "--format", "json"])
            .args(["webhook", "tail", app, "--account", ACCOUNT])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        stderr.read_line(&mut said).unwrap();
        assert!(said.contains("following"), "{said}");
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn deliveries_are_followed_listed_shown_and_replayed() {
    let server = Server::dev();
    let app = install(&server, Some(&receiver()));
    let mut tail = Tail::of(&server, &app);
    let conversation = open_conversation(&server);
    let first = tail.next();
    assert_eq!((&first["conversation"], &first["outcome"]), (&json!(conversation), &json!("delivered")));
    assert_eq!((&first["status"], &first["answer"]), (&json!(200), &json!("\"OK\"")));
    assert!(!first.to_string().contains("hush"));

    let id = first["id"].as_str().unwrap();
    let list = webhook(&server, "list", &app, &["--format", "json"]).json();
    assert_eq!(list["deliveries"], json!([first]));
    let narrowed = ["--type", "ContentEvent", "--since", "1h", "--format", "json"];
    assert_eq!(webhook(&server, "list", &app, &narrowed).json()["deliveries"], json!([]));
    let table = webhook(&server, "list", &app, &["--conversation", &conversation, "--outcome", "delivered"]);
    assert!(table.stdout.starts_with("ID ") && table.stdout.lines().count() == 2, "{}", table.stdout);
    let shown = webhook(&server, "show", &app, &[id]);
    assert!(shown.code == 0 && shown.stdout.contains("cqm.ExConversationChangeNotification"), "{shown:?}");

    let mut before = first["id"].clone();
    for what in [&["--delivery", id][..], &["--conversation", &conversation], &["--since", "1h"]] {
        let accepted = webhook(&server, "replay", &app, what);
        assert_eq!(accepted.code, 0, "{accepted:?}");
        let again = tail.next();
        assert_eq!(
            (&again["conversation"], &again["version"]),
            (&json!(conversation), &json!(1)),
            "{what:?}"
        );
        assert_ne!(again["id"], before);
        before = again["id"].clone();
    }
    let status = webhook(&server, "status", &app, &["--format", "json"]).json();
    assert_eq!((&status["phase"], &status["lost"]), (&json!("up"), &Value::Null));
    assert_eq!(webhook(&server, "resume", &app, &[]).code, 0);

    let pid = tail.child.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &pid]).status().unwrap().success());
    assert_eq!(tail.child.wait().unwrap().code(), Some(0), "Ctrl-C is how it ends");
}

#[test]
fn a_tail_does_not_hold_the_server_up() {
    let mut server = Server::dev();
    let app = install(&server, Some(&receiver()));
    let mut tail = Tail::of(&server, &app);
    assert!(server.stop().success());
    assert_eq!(tail.child.wait().unwrap().code(), Some(3), "no server answers any more");
}

#[test]
fn an_endpoint_is_tried() {
    let server = Server::dev();
    let app = install(&server, None);
    let endpoint = receiver();
    let tried = webhook(&server, "test", &app, &["--endpoint", &endpoint]);
    assert_eq!((tried.code, tried.stdout.matches("accepted  200").count()), (0, 5), "{tried:?}");
    assert!(tried.stdout.contains("does not check") && !tried.stdout.contains("hush"), "{}", tried.stdout);

    // Nobody listens on port 1.
    let tried = webhook(&server, "test", &app, &["--endpoint", "http://127.0.0.1:1/", "--format", "json"]);
    assert_eq!(tried.code, 1, "{tried:?}");
    assert!(tried.stderr.contains("5 of 5 samples were not accepted"), "{}", tried.stderr);
    let report: Value = serde_json::from_str(&tried.stdout).unwrap();
    assert_eq!(report["signature_checks"][0]["verdict"], "unclear");
}

#[test]
fn what_cannot_be_done_is_explained() {
    let server = Server::dev();
    let idle = install(&server, None);
    for verb in ["status", "resume", "tail", "test"] {
        webhook(&server, verb, &idle, &[]).failed(6, &["no webhooks", "hint:"]);
    }
    assert_eq!(webhook(&server, "list", &idle, &["--format", "json"]).json()["deliveries"], json!([]));
    webhook(&server, "show", &idle, &["7"]).failed(5, &["delivery not found", "trunkline webhook list"]);
    webhook(&server, "test", &idle, &["--endpoint", "ftp://a.example/"])
        .failed(7, &["endpoint must start with"]);
    assert_eq!(server.run(&["app", "disable", &idle, "--account", ACCOUNT]).code, 0);
    webhook(&server, "status", &idle, &[]).failed(6, &["disabled", "trunkline app enable"]);

    let unknown = "3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41";
    for verb in ["list", "status", "tail"] {
        webhook(&server, verb, unknown, &[])
            .failed(5, &["not found", "trunkline app list --account 10020030"]);
    }
}

#[test]
fn nothing_given_up_is_nothing_to_replay() {
    let server = Server::dev();
    let app = &*install(&server, Some(&receiver()));
    webhook(&server, "replay", app, &["--outage"]).failed(6, &["no delivery was given up"]);
    webhook(&server, "replay", app, &["--since", "1h"]).failed(5, &["nothing"]);
    assert_eq!(webhook(&server, "replay", app, &[]).code, 2);
}
