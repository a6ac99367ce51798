//! `trunkline account …`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use trunkline_wire::AccountId;
use trunkline_wire::operator::behaviour::Offer;

use super::Account;
use crate::config::Span;

/// [`Offer`] on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OfferArg {
    Creation,
    FirstMessage,
}

impl From<OfferArg> for Offer {
    fn from(offer: OfferArg) -> Self {
        match offer {
            OfferArg::Creation => Self::Creation,
            OfferArg::FirstMessage => Self::FirstMessage,
        }
    }
}

/// What `account set` changes.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct BehaviourArgs {
    /// Close open conversations after so long without a message or change
    #[arg(long, value_name = "SPAN", value_parser = whole_seconds)]
    pub(crate) close_after: Option<Span>,
    /// Offer new conversations to agents at once, or with their first message
    #[arg(long, value_enum)]
    pub(crate) offer: Option<OfferArg>,
    /// Let anybody become a consumer without a connector, as a web chat does
    #[arg(long, value_name = "BOOL")]
    pub(crate) web_chat: Option<bool>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Create an account
    Create {
        /// Its id: 1 to 32 letters, digits, `_` and `-`
        id: AccountId,
    },
    /// List all accounts
    List,
    /// Show how the conversations of an account behave
    Show {
        /// The account
        #[arg(env = "TRUNKLINE_ACCOUNT")]
        id: AccountId,
    },
    /// Change how the conversations of an account behave; what is not named stays as it is
    Set {
        /// The account
        #[arg(env = "TRUNKLINE_ACCOUNT")]
        id: AccountId,
        #[command(flatten)]
        behaviour: BehaviourArgs,
    },
    /// Whose tokens an account trusts for consumers it has signed in itself
    #[command(subcommand)]
    Identity(IdentityCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    /// Set the identity provider in place of the one before
    Set {
        /// The provider, JSON: issuer, audience, and the public keys of its JWKS; `-` reads standard input
        file: PathBuf,
        #[command(flatten)]
        account: Account,
    },
    /// Print the identity provider
    Show {
        #[command(flatten)]
        account: Account,
    },
    /// Remove the identity provider
    Clear {
        #[command(flatten)]
        account: Account,
    },
}

fn whole_seconds(text: &str) -> Result<Span, String> {
    let span: Span = text.parse().map_err(|error| format!("{error}"))?;
    if span.get().subsec_millis() == 0 { Ok(span) } else { Err("whole seconds are needed".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::args::{Cli, Command};

    use super::*;

    fn parse(line: &[&str]) -> Result<AccountCommand, clap::Error> {
        let start = ["trunkline", "account"];
        match Cli::try_parse_from(start.iter().chain(line))?.command {
            Command::Account(command) => Ok(command),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn something_is_set_with_a_unit() {
        let Ok(AccountCommand::Set { behaviour, .. }) =
            parse(&["set", "7", "--close-after", "7d", "--offer", "first-message", "--web-chat", "true"])
        else {
            panic!("refused")
        };
        assert_eq!(behaviour.close_after.map(|span| span.get().as_secs()), Some(604_800));
        assert_eq!((behaviour.offer, behaviour.web_chat), (Some(OfferArg::FirstMessage), Some(true)));
        for bad in [
            &["set", "7"][..],
            &["set", "7", "--close-after", "7"],
            &["set", "7", "--close-after", "1500ms"],
            &["set", "7", "--offer", "never"],
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
