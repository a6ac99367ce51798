//! Documents that commands send: from a file, or from standard input.

use std::path::Path;

use anyhow::Context as _;

use crate::failure::{Exit, Failure};

/// What is known of a kind of document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// What it is called, without an article.
    pub(super) name: &'static str,
    /// Far more bytes than one has.
    pub(super) max_bytes: usize,
    /// Where the format is described.
    pub(super) hint: &'static str,
}

/// Reads and parses a document.
pub(super) fn read<T>(
    path: &Path,
    kind: Kind,
    parse: impl FnOnce(&str) -> anyhow::Result<T>,
) -> Result<T, Failure> {
    let is_stdin = path.as_os_str() == "-";
    let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
    let text =
        if is_stdin { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    let text = text.with_context(|| format!("cannot read {name}")).map_err(usage)?;
    if text.len() > kind.max_bytes {
        return Err(Failure::message(Exit::Usage, format!("{name} is no {}: it is too large", kind.name)));
    }
    parse(&text)
        .with_context(|| format!("{name} is no {}", kind.name))
        .map_err(|error| usage(error).hint(kind.hint))
}

fn usage(error: anyhow::Error) -> Failure {
    Failure::new(Exit::Usage, error)
}
