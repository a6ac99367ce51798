//! `trunkline engagement …`.

use clap::{Args, Subcommand};
use trunkline_wire::SkillId;

use super::Account;

/// Where a conversation came from.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct OriginArgs {
    /// The campaign [default: any]
    #[arg(long, value_name = "ID")]
    pub(crate) campaign: Option<String>,
    /// The engagement [default: any]
    #[arg(long, value_name = "ID")]
    pub(crate) engagement: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EngagementCommand {
    /// Have conversations that come from a campaign, an engagement or the two together answered by a skill
    Set {
        #[command(flatten)]
        account: Account,
        #[command(flatten)]
        origin: OriginArgs,
        /// The skill
        #[arg(long, value_name = "ID", value_parser = SkillId::parse)]
        skill: SkillId,
    },
    /// List what is set
    List {
        #[command(flatten)]
        account: Account,
    },
    /// Remove what is set for exactly this campaign and engagement
    Remove {
        #[command(flatten)]
        account: Account,
        #[command(flatten)]
        origin: OriginArgs,
    },
}
