//! `trunkline account …`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use trunkline_wire::AccountId;
use trunkline_wire::operator::behaviour::{Change, Offer};

use super::Account;
use crate::config::Span;

/// What becomes of [`Offer`], on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OfferArg {
    Creation,
    FirstMessage,
    Default,
}

impl From<OfferArg> for Change<Offer> {
    fn from(offer: OfferArg) -> Self {
        match offer {
            OfferArg::Creation => Self::Set(Offer::Creation),
            OfferArg::FirstMessage => Self::Set(Offer::FirstMessage),
            OfferArg::Default => Self::Reset,
        }
    }
}

/// What `account set` changes.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct BehaviourArgs {
    /// Close open conversations after so long without a message or change
    #[arg(long, value_name = "SPAN|default", value_parser = span_or_default)]
    pub(crate) close_after: Option<Change<Span>>,
    /// Offer new conversations to agents at once, or with their first message
    #[arg(long, value_enum)]
    pub(crate) offer: Option<OfferArg>,
    /// Owe an answer to URGENT conversations within so long
    #[arg(long, value_name = "SPAN|default", value_parser = span_or_default)]
    pub(crate) ttr_urgent: Option<Change<Span>>,
    /// The same for PRIORITIZED, the target of conversations that name none
    #[arg(long, value_name = "SPAN|default", value_parser = span_or_default)]
    pub(crate) ttr_prioritized: Option<Change<Span>>,
    /// The same for NORMAL
    #[arg(long, value_name = "SPAN|default", value_parser = span_or_default)]
    pub(crate) ttr_normal: Option<Change<Span>>,
    /// Let anybody become a consumer without a connector, as a web chat does
    #[arg(long, value_name = "BOOL|default", value_parser = bool_or_default)]
    pub(crate) web_chat: Option<Change<bool>>,
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
    /// Change how the conversations of an account behave; what is not named stays as it is, `default` takes a setting back
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
    /// What the platform says in the conversations of an account by itself
    #[command(subcommand)]
    Messages(MessagesCommand),
    /// How long an account keeps the content of conversations
    #[command(subcommand)]
    Retention(RetentionCommand),
}

/// How long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Forever,
    For(Span),
}

#[derive(Debug, Subcommand)]
pub(crate) enum RetentionCommand {
    /// Erase what was said in conversations, and their files, so long after they were closed
    Set {
        /// How long content is kept: 90d, or forever whatever the configuration says
        #[arg(long, value_name = "SPAN|forever", value_parser = span_or_forever)]
        content: Keep,
        #[command(flatten)]
        account: Account,
    },
    /// Show how long content is kept
    Show {
        #[command(flatten)]
        account: Account,
    },
    /// Keep content as long as the configuration says (conversations.retention)
    Clear {
        #[command(flatten)]
        account: Account,
    },
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

#[derive(Debug, Subcommand)]
pub(crate) enum MessagesCommand {
    /// Set the messages in place of those before; they count at once
    Set {
        /// The messages, TOML; `-` reads standard input
        file: PathBuf,
        #[command(flatten)]
        account: Account,
    },
    /// Print the messages
    Show {
        #[command(flatten)]
        account: Account,
    },
    /// Remove the messages: nothing is said any more
    Clear {
        #[command(flatten)]
        account: Account,
    },
}

fn span_or_default(text: &str) -> Result<Change<Span>, String> {
    if text == "default" { Ok(Change::Reset) } else { whole_seconds(text).map(Change::Set) }
}

fn span_or_forever(text: &str) -> Result<Keep, String> {
    if text == "forever" { Ok(Keep::Forever) } else { whole_seconds(text).map(Keep::For) }
}

fn bool_or_default(text: &str) -> Result<Change<bool>, String> {
    match text {
        "default" => Ok(Change::Reset),
        "true" => Ok(Change::Set(true)),
        "false" => Ok(Change::Set(false)),
        _ => Err("true, false or default is needed".to_owned()),
    }
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
        assert_eq!(behaviour.close_after, Some(Change::Set(Span::from_secs(604_800))));
        assert_eq!(behaviour.offer, Some(OfferArg::FirstMessage));
        assert_eq!(behaviour.web_chat, Some(Change::Set(true)));
        let Ok(AccountCommand::Set { behaviour, .. }) =
            parse(&["set", "7", "--ttr-urgent", "default", "--offer", "default"])
        else {
            panic!("refused")
        };
        assert_eq!((behaviour.ttr_urgent, behaviour.ttr_normal), (Some(Change::Reset), None));
        assert_eq!(behaviour.offer.map(Change::from), Some(Change::Reset));
        for bad in [
            &["set", "7"][..],
            &["set", "7", "--close-after", "7"],
            &["set", "7", "--close-after", "1500ms"],
            &["set", "7", "--offer", "never"],
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn content_is_kept_for_a_time_or_for_ever() {
        let kept = |text| match parse(&["retention", "set", "--account", "7", "--content", text]) {
            Ok(AccountCommand::Retention(RetentionCommand::Set { content, .. })) => Some(content),
            _ => None,
        };
        assert_eq!(kept("90d"), Some(Keep::For(Span::from_secs(90 * 86_400))));
        assert_eq!(kept("forever"), Some(Keep::Forever));
        for wrong in ["90", "never", "1500ms", ""] {
            assert_eq!(kept(wrong), None, "{wrong}");
        }
    }
}
