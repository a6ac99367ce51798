//! Every acknowledged event reaches the receiver, in order, when the server is killed at any moment.
//!
//! `cargo xtask soak --webhooks --kills N` runs the same proof for longer on a release build.

use std::io::BufReader;
use std::path::PathBuf;

use trunkline_bench::crash;
use trunkline_bench::crash::webhooks::{self, Options};
use trunkline_bench::receiver::process::{self, Program};

/// Kills of one test run.
const KILLS: usize = 20;

#[test]
fn kills_lose_no_webhook_and_keep_the_order() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_trunkline"));
    let seed = u64::from(std::process::id());
    let mut crash = crash::Options::new(binary, folder.path().join("data"), KILLS, seed);
    crash.longest_burst = 600;
    crash.chat_states = true;
    let options = Options { crash, receiver: this_program(), receiver_dir: folder.path().join("receiver") };
    let summary = webhooks::run(&options).unwrap_or_else(|error| panic!("{error:#}"));
    println!("{summary}");
    assert_eq!(summary.kills, KILLS);
    assert!(summary.acknowledged >= KILLS as u64, "each kill interrupted traffic: {summary:?}");
    assert!(summary.delivered >= 2 * summary.acknowledged, "both apps got everything: {summary:?}");
}

/// The receiver must be a process of its own, and this program is one that is surely there.
fn this_program() -> Program {
    let path = std::env::current_exe().expect("a test knows its program");
    let arguments = ["--exact", "crash_webhooks::receiver", "--ignored", "--nocapture"];
    Program { path, arguments: arguments.map(Into::into).to_vec() }
}

#[test]
#[ignore = "is the receiver process of the test above; without orders on standard input it ends at once"]
fn receiver() {
    process::run(BufReader::new(std::io::stdin())).expect("the orders can be carried out");
}
