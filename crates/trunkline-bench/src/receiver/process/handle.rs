//! The process as whoever started it sees it.

use std::ffi::OsString;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::order::Order;
use crate::receiver::Reply;
use crate::server::Process;
use crate::stopwatch;

/// How long a start may take before it counts as failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// What to start: a program that ends up in [`super::run`] with its standard input.
#[derive(Debug, Clone)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

/// A running receiver process; ended when dropped.
#[derive(Debug)]
pub struct Handle {
    // Closed first: that alone ends the process.
    orders: ChildStdin,
    process: Process,
    addresses: Vec<SocketAddr>,
    ledger: PathBuf,
}

impl Program {
    /// Starts it with so many listeners; its files go to `directory`.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(&self, directory: &Path, listeners: usize) -> anyhow::Result<Handle> {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut process = Process::spawn(&mut command)
            .with_context(|| format!("starting the receiver {}", self.path.display()))?;
        let orders = process.take_stdin().context("the receiver has no standard input")?;
        let (addresses, ledger) = (directory.join("receiver.addresses"), directory.join("arrivals"));
        let order = Order::Listen { count: listeners, addresses: addresses.clone(), ledger: ledger.clone() };
        let mut handle = Handle { orders, process, addresses: Vec::new(), ledger };
        handle.send(&order)?;
        let started = stopwatch::now();
        while !addresses.exists() {
            if let Some(status) = handle.process.ended()? {
                bail!("the receiver ended with {status}");
            }
            if started.elapsed() > PATIENCE {
                bail!("the receiver does not listen after {PATIENCE:?}");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let text = std::fs::read_to_string(&addresses).context("reading the receiver's addresses")?;
        handle.addresses = text.lines().map(str::parse).collect::<Result<_, _>>()?;
        Ok(handle)
    }
}

impl Handle {
    /// The base URL of a listener, without a slash at the end.
    pub fn url(&self, listener: usize) -> String {
        self.addresses.get(listener).map_or_else(String::new, |address| format!("http://{address}"))
    }

    /// Where it notes what comes.
    pub fn ledger(&self) -> &Path {
        &self.ledger
    }

    /// From now on signatures at a listener are checked with this secret.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn check_signatures(&mut self, listener: usize, client_secret: &str) -> anyhow::Result<()> {
        self.send(&Order::Check { listener, client_secret: client_secret.to_owned() })
    }

    /// From now on a listener answers like this.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn answer(&mut self, listener: usize, reply: Reply) -> anyhow::Result<()> {
        self.send(&Order::Answer { listener, reply })
    }

    /// Asks for a mark in the ledger, which comes when all connections are closed. The server must be down.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn mark(&mut self, number: u64) -> anyhow::Result<()> {
        self.send(&Order::Mark(number))
    }

    fn send(&mut self, order: &Order) -> anyhow::Result<()> {
        let line = serde_json::to_string(order)? + "\n";
        self.orders.write_all(line.as_bytes()).context("the receiver is gone")
    }
}
