//! The real binary as a child process.

mod process;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::http::{Request, Target};
use crate::{environment, stopwatch};

pub use process::Process;

/// How long a start may take before it counts as failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// How to start the server.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The `trunkline` binary.
    pub binary: PathBuf,
    /// Its data directory.
    pub data_dir: PathBuf,
    /// Pins the server to this core.
    pub core: Option<usize>,
    /// Settings that differ from the defaults, as environment variables.
    pub settings: Vec<(&'static str, String)>,
}

/// What `dev.json` says.
#[derive(Debug, Clone, Deserialize)]
pub struct DevFile {
    /// The account that `--dev` made.
    pub account: String,
    /// Base URL of the plain listener.
    pub http: String,
    /// Base URL of the TLS listener.
    pub https: String,
    /// The local certificate authority.
    pub ca_file: PathBuf,
    /// The app installation that `--dev` made.
    pub app: App,
    /// The administrator that `--dev` made, who may follow a whole account.
    pub admin: Login,
}

/// A user's credentials.
#[derive(Debug, Clone, Deserialize)]
pub struct Login {
    /// The login name.
    pub username: String,
    /// The password.
    pub password: String,
}

/// An app installation's credentials.
#[derive(Debug, Clone, Deserialize)]
pub struct App {
    /// The installation's id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    /// The process.
    pub process: Process,
    /// What it wrote for its callers.
    pub dev: DevFile,
    /// The operator's token.
    pub operator_token: String,
    /// From spawning to the first 200 of `/health/ready`.
    pub ready_after: Duration,
}

impl Launch {
    /// Starts the server and waits until it is ready.
    ///
    /// # Errors
    /// When it cannot be started, ends, or is not ready within a minute; the text holds the end of its log.
    pub async fn start(&self) -> anyhow::Result<Server> {
        std::fs::create_dir_all(&self.data_dir).context("creating the data directory")?;
        let before = modified(&self.dev_file());
        let started = stopwatch::now();
        let mut process = self.spawn()?;
        let dev = loop {
            if let Some(dev) = self.announced(before)
                && is_ready(&dev).await
            {
                break dev;
            }
            if let Some(status) = process.ended()? {
                bail!("the server ended with {status}; its log ends:\n{}", self.log_tail());
            }
            if started.elapsed() > PATIENCE {
                bail!("the server is not ready after {PATIENCE:?}; its log ends:\n{}", self.log_tail());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        let ready_after = started.elapsed();
        let token = self.data_dir.join("operator.token");
        let operator_token = std::fs::read_to_string(&token)
            .with_context(|| format!("reading {}", token.display()))?
            .trim()
            .to_owned();
        Ok(Server { process, dev, operator_token, ready_after })
    }

    fn spawn(&self) -> anyhow::Result<Process> {
        let log = std::fs::File::create(self.log_file()).context("creating the server's log file")?;
        let mut command = environment::pinned(&self.binary, self.core);
        command
            .args(["serve", "--dev", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--data-dir"])
            .arg(&self.data_dir)
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        Process::spawn(&mut command).with_context(|| format!("starting {}", self.binary.display()))
    }

    /// The file as it is after `before`: on a used directory the old one names addresses that are gone.
    fn announced(&self, before: Option<SystemTime>) -> Option<DevFile> {
        let path = self.dev_file();
        let now = modified(&path)?;
        if before.is_some_and(|before| before == now) {
            return None;
        }
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    fn dev_file(&self) -> PathBuf {
        self.data_dir.join("dev.json")
    }

    /// Beside the data directory, because a fresh start may want that one empty.
    fn log_file(&self) -> PathBuf {
        self.data_dir.with_extension("log")
    }

    fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(self.log_file()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n")
    }
}

impl Server {
    /// The plain listener.
    ///
    /// # Errors
    /// When `dev.json` names no socket address.
    pub fn plain(&self) -> anyhow::Result<Target> {
        Ok(Target::plain(socket(&self.dev.http)?))
    }

    /// The TLS listener, trusting the server's local authority.
    ///
    /// # Errors
    /// When the authority's certificate cannot be read.
    pub fn tls(&self) -> anyhow::Result<Target> {
        Ok(Target {
            address: socket(&self.dev.https)?,
            tls: Some(environment::tls_client(&self.dev.ca_file)?),
        })
    }
}

/// Stops the server in the orderly way; its exit code must be 0.
///
/// # Errors
/// When the signal cannot be sent or the exit code is another.
pub fn stop(mut process: Process) -> anyhow::Result<()> {
    process.terminate()?;
    let status = process.wait()?;
    if status.success() { Ok(()) } else { bail!("the server ended with {status} after SIGTERM") }
}

async fn is_ready(dev: &DevFile) -> bool {
    let Ok(address) = socket(&dev.http) else { return false };
    let Ok(mut connection) = Target::plain(address).connect().await else { return false };
    let request = Request::get("/health/ready").empty();
    connection.exchange(&request).await.is_ok_and(|answer| answer.status == 200)
}

/// The address in a base URL; only the name `localhost` is resolved.
fn socket(url: &str) -> anyhow::Result<SocketAddr> {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/');
    let authority = authority.replace("localhost", "127.0.0.1");
    authority.parse().with_context(|| format!("{url} names no socket address"))
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|data| data.modified()).ok()
}

/// Empties a directory that a run may fill.
///
/// # Errors
/// When it cannot be removed.
pub fn clear(directory: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the command for another mode of this very program.
///
/// # Errors
/// When the program does not know its own path.
pub fn own_mode(mode: &[&str], core: Option<usize>) -> io::Result<Command> {
    let mut command = environment::pinned(&std::env::current_exe()?, core);
    command.args(mode);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_name_addresses() {
        assert_eq!(socket("http://127.0.0.1:8080").unwrap().port(), 8080);
        assert_eq!(socket("https://localhost:1/").unwrap().to_string(), "127.0.0.1:1");
        assert!(socket("http://example.org").is_err());
    }
}
