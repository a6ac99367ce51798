//! The load generator against the echo, both as they are used in a measurement.

mod receiver;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use trunkline_bench::http::{Request, Target};
use trunkline_bench::load::{self, Outcome, Rotation, Span};
use trunkline_bench::server::Process;
use trunkline_bench::{environment, requests};

struct Yardstick {
    target: Target,
    _process: Process,
}

impl Yardstick {
    fn start(mode: &str, arguments: &[&Path]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trunkline-bench"));
        command.arg(mode).args(arguments).stdout(Stdio::piped());
        let mut process = Process::spawn(&mut command).expect("the yardstick starts");
        let mut line = String::new();
        let stdout = process.take_stdout().expect("standard output is a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("the yardstick prints a line");
        let address = line.trim().parse().expect("the line is an address");
        Self { target: Target::plain(address), _process: process }
    }
}

fn echo(certificate: Option<&Path>) -> Yardstick {
    let Some(path) = certificate else { return Yardstick::start("echo", &[]) };
    let mut echo = Yardstick::start("echo", &[Path::new("--tls"), path]);
    echo.target.tls = Some(environment::tls_client(path).expect("the certificate is written"));
    echo
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

#[tokio::test]
async fn the_copier_gives_back_what_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let copier = Yardstick::start("copy", &[folder.path()]);
    let mut connection = copier.target.connect().await.unwrap();
    let file: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    for length in [file.len(), 1] {
        let put = Request::new("PUT", "/7").bytes(&file[..length]);
        assert_eq!(connection.exchange(&put).await.unwrap().status, 201);
        let answer = connection.exchange(&Request::get("/7").empty()).await.unwrap();
        assert!(answer.status == 200 && answer.body == &file[..length]);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing unfinished stays");
    assert_eq!(connection.exchange(&Request::get("/8").empty()).await.unwrap().status, 404);
    assert_eq!(connection.exchange(&Request::get("/x").empty()).await.unwrap().status, 400);
}

#[test]
fn a_wrong_command_line_is_explained() {
    let output = Command::new(env!("CARGO_BIN_EXE_trunkline-bench")).arg("nonsense").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("usage:"));
}
