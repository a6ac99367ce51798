//! Bots come back after a kill at any moment, every conversation is served again, by one of them, and nothing is missed.
//!
//! `cargo xtask soak --agents 50 --kills N` runs the same proof for longer on a release build.

use std::path::PathBuf;

use trunkline_bench::crash;
use trunkline_bench::crash::agents::{self, Options};

/// Kills of one test run.
const KILLS: usize = 8;
/// Bots; all of them are connected at each kill.
const AGENTS: usize = 50;

#[test]
fn kills_leave_no_conversation_without_an_agent() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_trunkline"));
    let seed = u64::from(std::process::id());
    let mut crash = crash::Options::new(binary, folder.path().join("data"), KILLS, seed);
    crash.connections = 16;
    crash.longest_burst = 2000;
    let summary = agents::run(&Options { crash, agents: AGENTS }).unwrap_or_else(|error| panic!("{error:#}"));
    println!("{summary}");
    assert_eq!(summary.kills, KILLS);
    assert!(summary.by_bots > 0 && summary.accepted > 0, "bots were at work: {summary:?}");
}
