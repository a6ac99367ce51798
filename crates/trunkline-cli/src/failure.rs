//! How a command fails: a chain of causes, an exit code, and what to do next.

use std::fmt;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

/// The exit codes, as `trunkline help` documents them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Something failed that has no code of its own.
    Failure = 1,
    /// The command line, an environment variable or the configuration file is wrong.
    Usage = 2,
    /// No server answers.
    Unreachable = 3,
    /// The server refused the operator token, or the login of a bot.
    Unauthorized = 4,
    /// What was named does not exist.
    NotFound = 5,
    /// Something unique is taken, another process uses the data directory, or an app is not in the state for it.
    Conflict = 6,
    /// The server refused the input; the message names the rule.
    Invalid = 7,
    /// The server has too much to do; try again.
    Busy = 8,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failed command.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    error: anyhow::Error,
    hint: Option<String>,
}

impl Failure {
    /// A failure with its exit code.
    pub(crate) fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, error: error.into(), hint: None }
    }

    /// A failure that is one sentence.
    pub(crate) fn message(exit: Exit, message: impl fmt::Display) -> Self {
        Self::new(exit, anyhow::anyhow!("{message}"))
    }

    /// Adds what to do next.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The code the process ends with.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Prints the whole chain and the hint to standard error.
    pub(crate) fn report(&self) {
        let stderr = std::io::stderr();
        let (bold, plain) = if stderr.is_terminal() { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(stderr.lock(), "{bold}error:{plain} {self}");
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)?;
        for cause in self.error.chain().skip(1) {
            write!(f, "\n  caused by: {cause}")?;
        }
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Failure, error)
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn the_whole_chain_and_the_hint_are_shown() {
        let error = Err::<(), _>(anyhow::anyhow!("disk full")).context("cannot write dev.json").unwrap_err();
        let shown = Failure::from(error).hint("free some space").to_string();
        assert_eq!(shown, "cannot write dev.json\n  caused by: disk full\nhint: free some space");
    }
}
