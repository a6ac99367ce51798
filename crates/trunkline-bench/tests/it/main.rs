//! The load generator against the echo, both as they are used in a measurement.

mod receiver;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use trunkline_bench::http::Target;
use trunkline_bench::load::{self, Outcome, Rotation, Span};
use trunkline_bench::server::Process;
use trunkline_bench::{environment, requests};

struct Echo {
    target: Target,
    _process: Process,
}

fn echo(certificate: Option<&Path>) -> Echo {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trunkline-bench"));
    command.arg("echo").stdout(Stdio::piped());
    if let Some(path) = certificate {
        command.arg("--tls").arg(path);
    }
    let mut process = Process::spawn(&mut command).expect("the echo starts");
    let mut line = String::new();
    let stdout = process.take_stdout().expect("standard output is a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("the echo prints a line");
    let address = line.trim().parse().expect("the line is an address");
    let tls = certificate.map(|path| environment::tls_client(path).expect("the certificate is written"));
    Echo { target: Target { address, tls }, _process: process }
}

async fn load_on(target: &Target, needle: &'static [u8]) -> Outcome {
    let workloads = Rotation::spread(vec![requests::echo()], 4, 200, needle);
    load::run(target, workloads, Span::of(Duration::from_millis(200))).await.expect("the echo stays up").0
}

#[tokio::test]
async fn the_echo_answers_every_request() {
    let echo = echo(None);
    let outcome = load_on(&echo.target, b"\"sequence\":42").await.all_well("echo").unwrap();
    assert!(outcome.completed > 10, "{outcome:?}");
    assert_eq!(outcome.completed, outcome.latency.count());
}

#[tokio::test]
async fn the_echo_answers_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let echo = echo(Some(&folder.path().join("echo.pem")));
    let outcome = load_on(&echo.target, b"\"sequence\":42").await.all_well("echo").unwrap();
    assert!(outcome.completed > 10, "{outcome:?}");
}

#[tokio::test]
async fn unexpected_answers_fail_a_run() {
    let echo = echo(None);
    let outcome = load_on(&echo.target, b"no such text").await;
    assert!(outcome.failed > 0 && outcome.completed == 0);
    assert!(outcome.all_well("echo").unwrap_err().to_string().contains("\"sequence\":42"));
}

#[test]
fn a_wrong_command_line_is_explained() {
    let output = Command::new(env!("CARGO_BIN_EXE_trunkline-bench")).arg("nonsense").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("usage:"));
}
