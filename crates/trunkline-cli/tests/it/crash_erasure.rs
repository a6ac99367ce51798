//! An erasure that is interrupted by a kill, again and again, is finished by the same command, and takes nothing else with it.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};

use reqwest::Client;
use serde_json::{Value, json};

use crate::support::{Server, block_on, trunkline};
use crate::talk::Talk;

const ACCOUNT: &str = "10020030";
/// Messages of the conversation that is erased first.
const MESSAGES: usize = 800;
/// The server is killed so many times, unless all of them are gone before.
const KILLS: usize = 4;

/// The platform that is killed, as operators see it.
struct Platform {
    server: Server,
    client: Client,
    base: String,
    token: String,
}

impl Platform {
    fn of(server: Server) -> Self {
        let base = server.file("dev.json")["http"].as_str().unwrap().to_owned();
        let token = fs::read_to_string(server.dir.join("operator.token")).unwrap().trim().to_owned();
        Self { server, client: Client::builder().no_proxy().build().unwrap(), base, token }
    }

    fn talk(&self, name: &str, messages: usize) -> String {
        let app = &self.server.file("dev.json")["app"];
        block_on(async {
            let talk = Talk::begin(self.client.clone(), &self.base, app, name).await;
            for number in 0..messages {
                talk.say(&format!("{name}-says-{number}")).await;
            }
            talk.share().await;
            talk.close().await;
            talk.conversation
        })
    }

    /// Entries of a conversation's log after a version.
    async fn log(&self, conversation: &str, after: usize, limit: usize) -> Vec<Value> {
        let path = format!("/operator/v1/accounts/{ACCOUNT}/conversations/{conversation}/log");
        let url = format!("{}{path}?after={after}&limit={limit}", self.base);
        let answer = self.client.get(url).bearer_auth(&self.token).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["entries"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    }

    fn erase(&self) -> Child {
        let mut erase = trunkline(&["--data-dir", self.server.dir.to_str().unwrap()]);
        erase
            .args(["consumer", "erase", "--account", ACCOUNT, "gone"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        erase.spawn().unwrap()
    }

    /// Waits until the entry of that version is gone, or whoever erases.
    async fn wait_for(&self, conversation: &str, version: usize, erase: &mut Child) {
        while self.log(conversation, version - 1, 1).await[0]["event"]["message"] != ""
            && erase.try_wait().unwrap().is_none()
        {}
    }

    /// Ends the server without notice and starts it again.
    fn kill(self) -> Self {
        let Self { mut server, .. } = self;
        server.signal("KILL");
        server.wait();
        Self::of(server.again(&["--dev"]))
    }

    fn audit(&self) -> Vec<Value> {
        let list = ["audit", "list", "--account", ACCOUNT, "--format", "json"];
        self.server.run(&list).json()["entries"].as_array().unwrap().clone()
    }
}

/// Versions and sequences: what an erasure leaves as they are.
fn shape(log: &[Value]) -> Vec<(Value, Value, Value)> {
    log.iter()
        .map(|entry| (entry["version"].clone(), entry["sequence"].clone(), entry["at"].clone()))
        .collect()
}

fn holds(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, text);
        }
        fs::read(path).unwrap().windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn an_erasure_that_is_killed_is_finished_by_the_same_command() {
    let mut platform = Platform::of(Server::dev());
    let older = platform.talk("gone", 20);
    let newer = platform.talk("gone", MESSAGES);
    let kept = platform.talk("kept", 20);
    let before = [&newer, &older, &kept].map(|id| block_on(platform.log(id, 0, 1000)));
    assert!(holds(&platform.server.dir, "gone-says-"));

    let mut interrupted = 0;
    for _ in 0..KILLS {
        let log = block_on(platform.log(&newer, 0, 1000));
        let is_there =
            |entry: &Value| entry["event"]["message"].as_str().is_some_and(|text| !text.is_empty());
        let Some(next) = log.iter().position(is_there) else { break };
        let mut erase = platform.erase();
        block_on(platform.wait_for(&newer, next + 1, &mut erase));
        platform = platform.kill();
        interrupted += usize::from(!erase.wait().unwrap().success());
        for (id, before) in [&newer, &older, &kept].into_iter().zip(&before) {
            let now = block_on(platform.log(id, 0, 1000));
            assert_eq!(shape(&now), shape(before));
        }
    }
    assert!(interrupted > 0, "every erasure was over before its server was killed");
    assert!(platform.erase().wait().unwrap().success());

    for (id, before) in [&newer, &older].into_iter().zip(&before) {
        let now = block_on(platform.log(id, 0, 1000));
        assert_eq!(shape(&now), shape(before));
        assert!(!json!(now).to_string().contains("gone-says-"));
    }
    assert_eq!(block_on(platform.log(&kept, 0, 1000)), before[2]);
    let audit = platform.audit();
    let count = |action| audit.iter().filter(|entry| entry["action"] == action).count();
    assert!(count("erasure.begun") > interrupted && count("erasure.done") > 0, "{audit:?}");
    assert_eq!(audit.last().unwrap()["action"], "erasure.done");
    let dir = platform.server.dir.clone();
    assert!(!holds(&dir, "gone-says-"));
    assert!(holds(&dir, "kept-says-"));
    let files = |folder: &Path| fs::read_dir(folder).unwrap().count();
    assert_eq!(files(&dir.join("files/objects").join(ACCOUNT)), 1, "the file of the consumer who stays");
}
