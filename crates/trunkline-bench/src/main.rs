//! The measuring program behind `cargo xtask bench` and `cargo xtask soak`. Its other modes are the yardsticks it
//! starts itself.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use trunkline_bench::crash::{self, Options};
use trunkline_bench::measures::{self, Plan};
use trunkline_bench::receiver::{self, process::Program};
use trunkline_bench::{server, yardstick};

const USAGE: &str = "\
usage: trunkline-bench MODE

  run --server BINARY [--quick] [--only NAME]… [--work DIR] [--output FILE]
  soak --server BINARY --kills N [--webhooks | --agents N] [--seed N] [--work DIR]
  echo [--tls CERTIFICATE]      (a yardstick: a bare JSON echo)
  copy FOLDER                   (a yardstick: a bare handler that keeps a body in a file and gives it back)
  rsa MILLISECONDS              (a yardstick: RSA-2048 signatures)
  disk DIR MILLISECONDS         (a yardstick: small appends with fdatasync)
  receiver                      (the webhook receiver of soak; takes its orders on standard input)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["run", rest @ ..] => parsed(plan(rest)).map_or_else(Ok, |(plan, output)| run(&plan, &output)),
        ["soak", rest @ ..] => parsed(soaking(rest)).map_or_else(Ok, |options| soak(&options)),
        ["echo"] => yardstick::echo::serve(None).map(|()| ExitCode::SUCCESS),
        ["echo", "--tls", path] => yardstick::echo::serve(Some(Path::new(path))).map(|()| ExitCode::SUCCESS),
        ["copy", folder] => yardstick::copy::serve(Path::new(folder)).map(|()| ExitCode::SUCCESS),
        ["rsa", span] => print(&yardstick::rsa::measure(milliseconds(span)?)?),
        ["disk", directory, span] => {
            print(&yardstick::disk::measure(Path::new(directory), milliseconds(span)?)?)
        }
        ["receiver"] => receiver::process::run(BufReader::new(std::io::stdin())).map(|()| ExitCode::SUCCESS),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}

/// A wrong command line is not a failure of the thing measured: it has its own exit code.
fn parsed<T>(arguments: anyhow::Result<T>) -> Result<T, ExitCode> {
    arguments.map_err(|error| {
        eprintln!("error: {error:#}\n{USAGE}");
        ExitCode::from(2)
    })
}

fn plan(mut arguments: &[&str]) -> anyhow::Result<(Plan, PathBuf)> {
    let mut plan = Plan::default();
    let mut output = PathBuf::from("bench/latest.json");
    while let [flag, rest @ ..] = arguments {
        arguments = match (*flag, rest) {
            ("--quick", rest) => {
                plan.quick = true;
                rest
            }
            ("--server", [path, rest @ ..]) => {
                plan.binary = PathBuf::from(path);
                rest
            }
            ("--work", [path, rest @ ..]) => {
                plan.work = PathBuf::from(path);
                rest
            }
            ("--output", [path, rest @ ..]) => {
                output = PathBuf::from(path);
                rest
            }
            ("--only", [name, rest @ ..]) => {
                plan.only.push(measures::group(name)?);
                rest
            }
            _ => bail!("unexpected argument {flag}"),
        };
    }
    Ok((plan, output))
}

fn run(plan: &Plan, output: &Path) -> anyhow::Result<ExitCode> {
    let report = measures::run(plan)?;
    report.write(output)?;
    println!("{}", report.table());
    eprintln!("written to {}", output.display());
    Ok(if report.missed() == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

/// What `soak` does.
struct Soak {
    options: Options,
    webhooks: bool,
    /// How many bots serve the consumers.
    agents: Option<usize>,
    work: PathBuf,
}

fn soaking(mut arguments: &[&str]) -> anyhow::Result<Soak> {
    let (mut binary, mut kills, mut seed) = (None, 200, u64::from(std::process::id()));
    let (mut work, mut webhooks, mut agents) = (PathBuf::from("target/bench"), false, None);
    while let [flag, rest @ ..] = arguments {
        arguments = match (*flag, rest) {
            ("--webhooks", rest) => {
                webhooks = true;
                rest
            }
            (flag, [value, rest @ ..]) => {
                match flag {
                    "--server" => binary = Some(PathBuf::from(value)),
                    "--kills" => kills = value.parse().context("--kills takes a number")?,
                    "--agents" => agents = Some(value.parse().context("--agents takes a number")?),
                    "--seed" => seed = value.parse().context("--seed takes a number")?,
                    "--work" => work = PathBuf::from(value),
                    _ => bail!("unexpected argument {flag}"),
                }
                rest
            }
            (flag, []) => bail!("unexpected argument {flag}, or its value is missing"),
        };
    }
    if webhooks && agents.is_some() {
        bail!("--webhooks and --agents are two runs");
    }
    let options = Options::new(binary.context("--server is missing")?, work.join("soak"), kills, seed);
    Ok(Soak { options, webhooks, agents, work })
}

fn soak(soak: &Soak) -> anyhow::Result<ExitCode> {
    let options = &soak.options;
    server::clear(&options.data_dir).context("emptying the data directory")?;
    eprintln!("{} kills, seed {}", options.kills, options.seed);
    if soak.webhooks {
        let receiver_dir = soak.work.join("soak-receiver");
        server::clear(&receiver_dir).context("emptying the receiver's directory")?;
        let receiver = Program { path: std::env::current_exe()?, arguments: vec!["receiver".into()] };
        let crash = Options { chat_states: true, ..options.clone() };
        println!("{}", crash::webhooks::run(&crash::webhooks::Options { crash, receiver, receiver_dir })?);
    } else if let Some(agents) = soak.agents {
        println!("{}", crash::agents::run(&crash::agents::Options { crash: options.clone(), agents })?);
    } else {
        println!("{}", crash::run(options)?);
    }
    Ok(ExitCode::SUCCESS)
}

fn milliseconds(text: &str) -> anyhow::Result<Duration> {
    text.parse().map(Duration::from_millis).context("the span takes milliseconds")
}

fn print(value: &impl serde::Serialize) -> anyhow::Result<ExitCode> {
    println!("{}", serde_json::to_string(value)?);
    Ok(ExitCode::SUCCESS)
}
