//! `trunkline consumer …` and `trunkline audit …`.

use clap::{Args, Subcommand};
use trunkline_wire::{ConsumerId, ExternalConsumerId};

use super::{Account, Moment};

/// Who is meant: exactly one of the two.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ConsumerName {
    /// The connector's name for the consumer (`ext_consumer_id`)
    #[arg(value_parser = ExternalConsumerId::parse)]
    pub(crate) consumer: Option<ExternalConsumerId>,
    /// The platform's name for the consumer instead, 64 hex characters: participantId in history
    #[arg(long, value_name = "ID", value_parser = ConsumerId::parse)]
    pub(crate) id: Option<ConsumerId>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConsumerCommand {
    /// Erase everything of a consumer, for good: what was said in all conversations, files, profile
    ///
    /// An open conversation is closed first. Log entries stay as tombstones without content, so versions and sequences stay
    /// what they are; the same consumer may come back and begins anew. What was interrupted is finished by the same command.
    /// docs/erasure.md says what goes, what stays, and what about backups.
    Erase {
        #[command(flatten)]
        account: Account,
        #[command(flatten)]
        name: ConsumerName,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List what was noted about an account, oldest first: erasures, retention, exports
    List {
        #[command(flatten)]
        account: Account,
        /// Only what was noted since this time: 2026-11-21T10:15:00Z, 30d (ago), or epoch milliseconds
        #[arg(long, value_name = "TIME")]
        since: Option<Moment>,
    },
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::args::{Cli, Command};

    use super::*;

    fn parse(line: &[&str]) -> Result<ConsumerName, clap::Error> {
        let start = ["trunkline", "consumer", "erase", "--account", "7"];
        match Cli::try_parse_from(start.iter().chain(line))?.command {
            Command::Consumer(ConsumerCommand::Erase { name, .. }) => Ok(name),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_consumer_is_named_in_one_way() {
        let id = "0a".repeat(32);
        assert_eq!(parse(&["crm-1"]).unwrap().consumer.unwrap().as_str(), "crm-1");
        assert_eq!(parse(&["--id", &id]).unwrap().id.unwrap().to_string(), id);
        for wrong in [&[][..], &["crm-1", "--id", &id], &["--id", "crm-1"], &[""]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
