//! What the process is told.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::receiver::Reply;

/// One line of standard input.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    /// Listen, once.
    Listen {
        /// On so many ports, one for each app.
        count: usize,
        /// Where to write the addresses, a line each.
        addresses: PathBuf,
        /// Where to write what came.
        ledger: PathBuf,
    },
    /// Check signatures from now on.
    Check {
        /// On this port.
        listener: usize,
        /// With this secret.
        client_secret: String,
    },
    /// Answer like this from now on.
    Answer {
        /// On this port.
        listener: usize,
        /// How.
        reply: Reply,
    },
    /// Note this number in the ledger as soon as all connections are closed: what comes later was sent later. The server
    /// must be down.
    Mark(u64),
}
