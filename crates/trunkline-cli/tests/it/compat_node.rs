//! The published agent SDK for Node against the binary. Source: spec 23.

use std::path::Path;
use std::process::{Command, Output};

/// Why the flows were not run.
struct Skipped(&'static str);

/// Runs a command in the folder of the flows.
fn run(program: &str, arguments: &[&str]) -> std::io::Result<Output> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../compat/node-agent-sdk");
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("TRUNKLINE_BIN", env!("CARGO_BIN_EXE_trunkline"));
    command.output()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Whether what the lock file names is there.
fn is_installed() -> bool {
    // `npm ls` compares every installed version with the lock file, without a network.
    run("npm", &["ls", "--all"]).is_ok_and(|output| output.status.success())
}

fn install() -> Result<(), Skipped> {
    if is_installed() {
        return Ok(());
    }
    let installed = run("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]);
    match installed {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            eprintln!("{}", text(&output));
            Err(Skipped("the packages cannot be installed"))
        }
        Err(_) => Err(Skipped("no npm")),
    }
}

/// Every check's line, and how it ended.
fn flows() -> Result<Output, Skipped> {
    if !run("node", &["--version"]).is_ok_and(|output| output.status.success()) {
        return Err(Skipped("no node"));
    }
    install()?;
    let rules = run("node", &["--test", "lib/frames.test.js"]).map_err(|_| Skipped("no node"))?;
    assert!(rules.status.success(), "{}", text(&rules));
    run("node", &["run.js"]).map_err(|_| Skipped("no node"))
}

#[test]
fn published_agent_sdks_run_unmodified() {
    match flows() {
        Ok(output) => {
            let said = text(&output);
            assert!(output.status.success(), "{said}");
            // A run that checked nothing is no success.
            let last = said.lines().rfind(|line| line.contains(" passed, ")).unwrap_or_default();
            let passed = last.split(' ').next().and_then(|count| count.parse::<u32>().ok());
            assert!(passed.is_some_and(|count| count > 0), "{said}");
            println!("{last}");
        }
        Err(Skipped(why)) => {
            assert!(std::env::var_os("CI").is_none(), "node-agent-sdk must run in CI: {why}");
            eprintln!("skipped: {why}");
        }
    }
}
