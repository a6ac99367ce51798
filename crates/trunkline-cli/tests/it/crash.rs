//! Nothing acknowledged is lost when the process is killed at any moment.
//!
//! `cargo xtask soak --kills N` runs the same proof for longer on a release build.

use std::path::PathBuf;

use trunkline_bench::crash::{self, Options};

/// Kills of one test run.
const KILLS: usize = 20;

#[test]
fn kills_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_trunkline"));
    let mut options = Options::new(binary, folder.path().join("data"), KILLS, u64::from(std::process::id()));
    options.longest_burst = 1500;
    let summary = crash::run(&options).unwrap_or_else(|error| panic!("{error:#}"));
    println!("{summary}");
    assert_eq!(summary.kills, KILLS);
    assert!(summary.acknowledged >= KILLS as u64, "each kill interrupted traffic: {summary:?}");
}
