//! Chores of the workspace: `cargo xtask help` lists them.
//!
//! Dependencies stay few, so that `cargo xtask test` on a fresh machine starts with compiling the workspace, not this.

mod bench;
mod command;
mod dependencies;
mod lint;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
usage: cargo xtask COMMAND

  test [ARGS…]      every test: with cargo-nextest when it is installed, else with cargo test;
                    ARGS go to the test runner, e.g. `cargo xtask test -p trunkline-wire ids`
  lint              formatting, clippy and rustdoc with warnings as errors, check-deps,
                    and cargo-deny when it is installed
  check-deps        whether the workspace's crates depend on each other only as the table allows
  ci                lint, then test: what CI runs

  bench [--quick] [--only GROUP]…
                    builds a release, measures it, prints a table and writes bench/latest.json.
                    Nothing else may run on the machine meanwhile. --quick is for trying out.
                    Groups: yardsticks send tls latency appjwt consumerjws conversation memory
                    webhooks agents files history million. The first runs of `agents`, and of
                    `history` or `million`, fill stores, which takes minutes.
  soak [--webhooks | --agents N] [--kills N] [--seed N]
                    kills a release build with SIGKILL under traffic, N times (200), and proves
                    after each restart that nothing acknowledged was lost; --webhooks: that every
                    event reached its receivers, in order; --agents: that N bots come back, serve
                    every conversation, one bot each, and miss nothing

Exit codes: 0 all well, 1 something failed, 2 the command line is wrong,
            3 (bench) a figure missed what it must reach.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["help" | "--help" | "-h"] | [_, .., "--help" | "-h"] => {
            println!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        ["test", rest @ ..] => test::run(rest).map(|()| ExitCode::SUCCESS),
        ["lint"] => lint::run().map(|()| ExitCode::SUCCESS),
        ["check-deps"] => dependencies::run().map(|()| ExitCode::SUCCESS),
        ["ci"] => lint::run().and_then(|()| test::run(&[])).map(|()| ExitCode::SUCCESS),
        ["bench", rest @ ..] => bench::measure(rest),
        ["soak", rest @ ..] => bench::soak(rest),
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    result.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::FAILURE
    })
}
