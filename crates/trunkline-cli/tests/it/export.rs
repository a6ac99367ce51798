//! `trunkline export`: what it writes, and that it goes on after whatever ended it.

mod proxy;

use std::fs;
use std::path::Path;
use std::process::Stdio;

use reqwest::Client;
use serde_json::{Value, json};

use crate::support::{Ran, Server, block_on, run, trunkline};
use crate::talk::Talk;

use proxy::{Cut, Proxy};

const ACCOUNT: &str = "10020030";

/// A server with so many conversations that are over, so that they are the same whenever they are read.
fn server_with(conversations: usize) -> (Server, Vec<String>) {
    let server = Server::dev();
    let dev = server.file("dev.json");
    let (base, client) = (dev["http"].as_str().unwrap(), Client::builder().no_proxy().build().unwrap());
    let mut ids = block_on(async {
        let mut ids = Vec::new();
        for number in 0..conversations {
            let talk = Talk::begin(client.clone(), base, &dev["app"], &format!("crm-{number}")).await;
            talk.say(&format!("Grüße {number}")).await;
            talk.close().await;
            ids.push(talk.conversation);
        }
        ids
    });
    // Those of the same millisecond have no other order.
    ids.sort();
    (server, ids)
}

fn export(server: &Server, more: &[&str]) -> Ran {
    server.run(&[&["export", "--account", ACCOUNT], more].concat())
}

fn records(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(text: &str) -> Vec<String> {
    let id = |record: &Value| record["info"]["conversationId"].as_str().unwrap().to_owned();
    records(text).iter().map(id).collect()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn conversations_are_lines_of_a_file_or_of_standard_output() {
    let (server, conversations) = server_with(3);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.ndjson");
    let name = file.to_str().unwrap();
    let summary = export(&server, &["--output", name, "--format", "json"]).json();
    let text = fs::read_to_string(&file).unwrap();
    let expected = json!({"file": name, "bytes": text.len(), "conversations": 3, "cut": 0});
    assert_eq!(summary, expected);
    assert_eq!(ids(&text), conversations);
    for record in records(&text) {
        let said = record["messageRecords"][0]["messageData"]["msg"]["text"].as_str().unwrap();
        assert!(said.starts_with("Grüße "), "{said}");
        assert_eq!(
            record["consumerParticipants"][0]["firstName"].as_str().map(|name| &name[..4]),
            Some("crm-")
        );
        assert_eq!(record["dialogs"][0]["status"], "CLOSE");
    }
    assert_eq!(names(folder.path()), ["all.ndjson"], "nothing half is left");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    export(&server, &["--output", name]).failed(6, &["is there already", "hint:"]);

    let piped = export(&server, &[]);
    assert_eq!((piped.code, piped.stdout.as_str(), piped.stderr.as_str()), (0, text.as_str(), ""));
    let other = folder.path().join("other.ndjson");
    let shown = export(&server, &["--output", other.to_str().unwrap(), "--since", "1h"]);
    assert!(shown.stdout.contains("conversations  3\n"), "{shown:?}");
    assert_eq!(fs::read_to_string(&other).unwrap(), text);
    let start = records(&text)[1]["info"]["startTimeL"].to_string();
    let since = export(&server, &["--since", &start]);
    assert!(text.ends_with(&since.stdout) && since.stdout.lines().count() <= 3, "{since:?}");
    assert_eq!(export(&server, &["--since", "2099-01-01T00:00:00Z"]).stdout, "");
}

#[test]
fn what_is_refused_leaves_nothing() {
    let server = Server::dev();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.ndjson");
    let name = file.to_str().unwrap();
    server
        .run(&["export", "--account", "99999999", "--output", name])
        .failed(5, &["trunkline account create 99999999"]);
    let wrong = server.dir.join("wrong.token");
    fs::write(&wrong, "0".repeat(64)).unwrap();
    export(&server, &["--output", name, "--token-file", wrong.to_str().unwrap()]).failed(4, &["hint:"]);
    export(&server, &["--since", "yesterday"]).failed(2, &["a time is written"]);
    let nobody = folder.path().join("nobody");
    run(&["--data-dir", nobody.to_str().unwrap(), "export", "--account", ACCOUNT, "--output", name])
        .failed(3, &["trunkline serve"]);
    assert!(names(folder.path()).is_empty());
    // An account without conversations is an export without lines.
    let summary = export(&server, &["--output", name, "--format", "json"]).json();
    assert_eq!((&summary["conversations"], fs::read(&file).unwrap().len()), (&json!(0), 0));
}

/// Either the command goes on by itself, or the next one does: in both cases the file is that of an export in one piece.
#[test]
fn an_export_that_is_cut_off_anywhere_goes_on() {
    let (server, _) = server_with(6);
    let whole = export(&server, &[]).stdout;
    let dev = server.file("dev.json");
    let token = server.dir.join("operator.token");
    let folder = tempfile::tempdir().unwrap();
    let (mut by_itself, mut again) = (0, 0);
    // The head of the answer comes first, a few hundred bytes.
    for cut in (1..whole.len() + 400).step_by(whole.len() / 19) {
        let proxy = Proxy::to(dev["http"].as_str().unwrap(), cut, Cut::Close);
        let file = folder.path().join(format!("{cut}.ndjson"));
        let arguments = ["--account", ACCOUNT, "--output", file.to_str().unwrap(), "--format", "json"];
        let place = ["--server", &proxy.base, "--token-file", token.to_str().unwrap()];
        let first = run(&[&["export"], &arguments[..], &place].concat());
        let made = if first.code == 0 {
            by_itself += 1;
            first.json()
        } else {
            again += 1;
            first.failed(3, &["no answer from", "hint:"]);
            server.run(&[&["export"], &arguments[..]].concat()).json()
        };
        assert_eq!(fs::read_to_string(&file).unwrap(), whole, "{cut}");
        assert_eq!((&made["conversations"], &made["bytes"]), (&json!(6), &json!(whole.len())), "{cut}");
    }
    assert!(by_itself > 0 && again > 0, "{by_itself} {again}");
    assert!(names(folder.path()).iter().all(|name| name.ends_with(".ndjson")));
}

#[test]
fn an_export_that_was_killed_is_taken_up() {
    let (server, conversations) = server_with(6);
    let whole = export(&server, &[]).stdout;
    let dev = server.file("dev.json");
    let token = server.dir.join("operator.token");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.ndjson");
    let name = file.to_str().unwrap();
    let proxy = Proxy::to(dev["http"].as_str().unwrap(), whole.len() / 2, Cut::Hold);
    let mut killed = trunkline(&["export", "--account", ACCOUNT, "--output", name, "--since", "1d"]);
    killed.args(["--server", &proxy.base, "--token-file", token.to_str().unwrap()]).stderr(Stdio::null());
    let mut killed = killed.spawn().unwrap();
    proxy.wait_for_the_cut();
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(!file.exists(), "it is not whole");
    let part = folder.path().join("all.ndjson.part");
    let written = fs::read(&part).unwrap();
    assert!(whole.as_bytes().starts_with(&written));
    assert!(written.is_empty() || written.ends_with(b"\n"), "whole lines only");
    // As if it had been killed while it wrote another line.
    let first = whole.find('\n').unwrap() + 1;
    fs::write(&part, &whole.as_bytes()[..written.len().max(first) + 100]).unwrap();
    export(&server, &["--output", name]).failed(6, &["another export", "to begin anew"]);
    let taken_up = export(&server, &["--output", name, "--since", "1d"]);
    assert_eq!(taken_up.code, 0, "{taken_up:?}");
    assert!(taken_up.stderr.starts_with("going on after "), "{taken_up:?}");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(ids(&text), conversations);
    assert_eq!(text, whole);
    assert_eq!(names(folder.path()), ["all.ndjson"]);
}
