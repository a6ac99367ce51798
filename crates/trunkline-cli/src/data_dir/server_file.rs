//! `server.json`: tells the commands of this machine where the server listens.

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::{Mode, read_if_there, write_atomically};
use crate::failure::Failure;

/// Where a running server listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ServerFile {
    /// Base URL of the plain listener.
    pub(crate) http: Option<String>,
    /// Base URL of the TLS listener.
    pub(crate) https: Option<String>,
    /// The process.
    pub(crate) pid: u32,
}

impl ServerFile {
    /// Reads it; `None` when no server left one.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, Failure> {
        let Some(text) = read_if_there(path)? else { return Ok(None) };
        Ok(serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))?)
    }

    /// Writes it.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let mut text = serde_json::to_string_pretty(self).context("cannot print server.json")?;
        text.push('\n');
        Ok(write_atomically(path, text.as_bytes(), Mode::Private)
            .with_context(|| format!("cannot write {}", path.display()))?)
    }
}
