//! The command line of `trunkline export`.

use std::path::PathBuf;

use clap::Args;

use super::{Account, Moment};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) account: Account,
    /// Only conversations that were started since this time: 2026-11-21T10:15:00Z, 30d (ago), or epoch milliseconds
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Moment>,
    /// The file, which must not be there yet; an export that was interrupted goes on [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}
