//! What this machine can do at best, measured in the same minute as the server: the base of every ratio.
//!
//! Each yardstick is another mode of this program, pinned to the server's core like the server itself.

pub mod copy;
pub mod disk;
pub mod echo;
pub mod rsa;

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;

use crate::environment;
use crate::http::Target;
use crate::server::{Process, own_mode};

/// A running echo; killed when dropped.
#[derive(Debug)]
pub struct Echo {
    _process: Process,
    /// Where it listens.
    pub target: Target,
}

impl Echo {
    /// Starts the plain echo.
    ///
    /// # Errors
    /// When it does not start.
    pub fn plain(core: Option<usize>) -> anyhow::Result<Self> {
        let (process, address) = listen(&["echo"], core)?;
        Ok(Self { _process: process, target: Target::plain(address) })
    }

    /// Starts the echo over TLS; its certificate is written to `certificate`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn tls(core: Option<usize>, certificate: &Path) -> anyhow::Result<Self> {
        let path = certificate.to_str().context("the certificate's path is not UTF-8")?;
        let (process, address) = listen(&["echo", "--tls", path], core)?;
        let tls = Some(environment::tls_client(certificate)?);
        Ok(Self { _process: process, target: Target { address, tls } })
    }
}

/// A running copier; killed when dropped.
#[derive(Debug)]
pub struct Copier {
    _process: Process,
    /// Where it listens.
    pub target: Target,
}

impl Copier {
    /// Starts the copier; it keeps its files in `folder`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(core: Option<usize>, folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.to_str().context("the folder's path is not UTF-8")?;
        let (process, address) = listen(&["copy", folder], core)?;
        Ok(Self { _process: process, target: Target::plain(address) })
    }
}

fn listen(mode: &[&str], core: Option<usize>) -> anyhow::Result<(Process, SocketAddr)> {
    let mut process = Process::spawn(own_mode(mode, core)?.stdout(Stdio::piped()))?;
    let stdout = process.take_stdout().context("the yardstick has no standard output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let address = line.trim().parse().context("the yardstick did not say where it listens")?;
    Ok((process, address))
}

/// Signs with RSA-2048 for a while on the server's core.
///
/// # Errors
/// When the mode fails.
pub fn signing(core: Option<usize>, span: Duration) -> anyhow::Result<rsa::Signing> {
    run(&["rsa", &span.as_millis().to_string()], core)
}

/// Syncs a file in `directory` for a while on the server's core.
///
/// # Errors
/// When the mode fails.
pub fn syncing(core: Option<usize>, directory: &Path, span: Duration) -> anyhow::Result<disk::Syncing> {
    let directory = directory.to_str().context("the data directory's path is not UTF-8")?;
    run(&["disk", directory, &span.as_millis().to_string()], core)
}

fn announce(address: SocketAddr) {
    println!("{address}");
}

fn without_delay(stream: &mut TcpStream) {
    // Only latency is at stake.
    let _ = stream.set_nodelay(true);
}

fn run<T: DeserializeOwned + Serialize>(mode: &[&str], core: Option<usize>) -> anyhow::Result<T> {
    let output = own_mode(mode, core)?.stderr(Stdio::inherit()).output()?;
    anyhow::ensure!(output.status.success(), "{} ended with {}", mode.join(" "), output.status);
    serde_json::from_slice(&output.stdout).with_context(|| format!("reading what {} printed", mode.join(" ")))
}
