//! `cargo xtask bench` and `cargo xtask soak`: build a release, then hand over to `trunkline-bench`.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::command::{attempt, cargo, root, step};

/// The core of the load generator; the server gets core 0.
const LOAD_CORE: &str = "1";

pub(crate) fn measure(arguments: &[&str]) -> anyhow::Result<ExitCode> {
    let mut command = built(has_second_core())?;
    command.arg("run").args(server()).args(arguments);
    finish(&mut command)
}

pub(crate) fn soak(arguments: &[&str]) -> anyhow::Result<ExitCode> {
    let mut command = built(false)?;
    command.arg("soak").args(server()).args(arguments);
    finish(&mut command)
}

/// Builds first, so that nothing compiles while something is measured.
fn built(pinned: bool) -> anyhow::Result<Command> {
    step(&mut cargo(&["build", "--release", "-p", "trunkline-cli", "-p", "trunkline-bench"]))?;
    let program = release("trunkline-bench");
    let mut command = if pinned { Command::new("taskset") } else { Command::new(&program) };
    if pinned {
        command.args(["-c", LOAD_CORE]).arg(&program);
    }
    command.current_dir(root());
    Ok(command)
}

fn finish(command: &mut Command) -> anyhow::Result<ExitCode> {
    let status = attempt(command)?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn server() -> [PathBuf; 2] {
    [PathBuf::from("--server"), release("trunkline")]
}

fn release(name: &str) -> PathBuf {
    root().join("target/release").join(name)
}

fn has_second_core() -> bool {
    std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1)
        && Command::new("taskset").arg("--version").output().is_ok_and(|run| run.status.success())
}
