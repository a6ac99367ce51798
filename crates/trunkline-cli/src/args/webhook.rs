//! The command line of `trunkline webhook`.

use clap::{Args, Subcommand, ValueEnum};
use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::operator::deliveries::{self, Outcome};
use trunkline_wire::{ConversationId, DeliveryId};

use super::{AppArgs, Moment};

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// List what was tried to deliver to an app, newest first
    List(ListArgs),
    /// Show one delivery
    Show {
        #[command(flatten)]
        app: AppArgs,
        /// The delivery
        delivery: DeliveryId,
    },
    /// Deliver something once more
    Replay(ReplayArgs),
    /// Print deliveries as they happen, until Ctrl-C
    Tail(AppArgs),
    /// Show how delivery to an app stands
    Status(AppArgs),
    /// Have failed endpoints of an app tried now instead of at the next probe
    Resume(AppArgs),
    /// Send a signed sample of each kind, and one with a wrong signature
    Test {
        #[command(flatten)]
        app: AppArgs,
        /// Send them here, without the app's custom headers [default: the app's own endpoints]
        #[arg(long, value_name = "URL")]
        endpoint: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) app: AppArgs,
    /// Of this conversation
    #[arg(long, value_name = "ID")]
    pub(crate) conversation: Option<ConversationId>,
    /// Of this kind: `ContentEvent`, `RichContentEvent`, `AcceptStatusEvent`, `ChatStateEvent` or
    /// `ExConversationChangeNotification`
    #[arg(long = "type", value_name = "TYPE", value_parser = notification)]
    pub(crate) event: Option<WebhookEvent>,
    /// That ended so
    #[arg(long, value_enum)]
    pub(crate) outcome: Option<OutcomeArg>,
    /// Begun at this time or later: 2026-11-21T10:15:00Z, 30m (ago), or epoch milliseconds
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Moment>,
    /// Begun before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Moment>,
    /// The most deliveries to list
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = at_least_one)]
    pub(crate) limit: usize,
}

#[derive(Debug, Args)]
#[group(id = "what", required = true, multiple = false, args = ["delivery", "conversation", "since", "outage"])]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    pub(crate) app: AppArgs,
    /// The event of this delivery
    #[arg(long, value_name = "ID")]
    pub(crate) delivery: Option<DeliveryId>,
    /// The events of this conversation
    #[arg(long, value_name = "ID")]
    pub(crate) conversation: Option<ConversationId>,
    /// Of the conversation: from this version on
    #[arg(long, value_name = "VERSION", requires = "conversation", conflicts_with_all = ["delivery", "since", "outage"])]
    pub(crate) from: Option<u64>,
    /// Everything since this time: 2026-11-21T10:15:00Z, 30m (ago), or epoch milliseconds
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Moment>,
    /// Everything between the first and the last event that was given up
    #[arg(long)]
    pub(crate) outage: bool,
}

/// [`Outcome`] on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OutcomeArg {
    Delivered,
    Failed,
    Dropped,
    Expired,
}

impl From<OutcomeArg> for Outcome {
    fn from(outcome: OutcomeArg) -> Self {
        match outcome {
            OutcomeArg::Delivered => Self::Delivered,
            OutcomeArg::Failed => Self::Failed,
            OutcomeArg::Dropped => Self::Dropped,
            OutcomeArg::Expired => Self::Expired,
        }
    }
}

fn notification(text: &str) -> Result<WebhookEvent, &'static str> {
    deliveries::notification(text).ok_or(
        "there are ContentEvent, RichContentEvent, AcceptStatusEvent, ChatStateEvent and ExConversationChangeNotification",
    )
}

fn at_least_one(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|number| *number > 0).ok_or("it must be a whole number, at least 1")
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Cli, Command};

    const APP: &str = "3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41";
    const CONVERSATION: &str = "b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57";

    fn parse(verb: &str, more: &[&str]) -> Result<WebhookCommand, clap::Error> {
        let line = ["trunkline", "webhook", verb, APP, "--account", "7"];
        let cli = Cli::try_parse_from(line.iter().chain(more))?;
        match cli.command {
            Command::Webhook(command) => Ok(command),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_filter_is_taken() {
        let line = [
            "--conversation",
            CONVERSATION,
            "--type",
            "ChatStateEvent",
            "--outcome",
            "expired",
            "--since",
            "1h",
            "--until",
            "2026-11-21T10:15:00Z",
            "--limit",
            "7",
        ];
        let WebhookCommand::List(args) = parse("list", &line).unwrap() else { panic!("not a list") };
        assert_eq!(args.conversation.unwrap().to_string(), CONVERSATION);
        assert_eq!(args.event, Some(WebhookEvent::ChatState));
        assert!(matches!(args.outcome, Some(OutcomeArg::Expired)));
        assert!(args.since.is_some() && args.until.is_some());
        assert_eq!(args.limit, 7);
    }

    #[test]
    fn filters_that_mean_nothing_are_refused() {
        for line in [
            ["--type", "Content"],
            ["--outcome", "lost"],
            ["--since", "yesterday"],
            ["--limit", "0"],
            ["--limit", "-1"],
            ["--conversation", "7"],
        ] {
            assert!(parse("list", &line).is_err(), "{line:?}");
        }
    }

    #[test]
    fn a_replay_is_of_exactly_one_thing() {
        for line in [
            &["--delivery", "7"][..],
            &["--conversation", CONVERSATION],
            &["--conversation", CONVERSATION, "--from", "3"],
            &["--since", "2h"],
            &["--outage"],
        ] {
            assert!(parse("replay", line).is_ok(), "{line:?}");
        }
        for line in [
            &[][..],
            &["--outage", "--since", "2h"],
            &["--delivery", "7", "--conversation", CONVERSATION],
            &["--from", "3"],
            &["--since", "2h", "--from", "3"],
            &["--delivery", "x"],
        ] {
            assert!(parse("replay", line).is_err(), "{line:?}");
        }
    }

    #[test]
    fn the_other_commands_take_an_app() {
        for verb in ["tail", "status", "resume", "test"] {
            assert!(parse(verb, &[]).is_ok(), "{verb}");
        }
        assert!(parse("show", &["7"]).is_ok());
        assert!(parse("show", &[]).is_err());
        assert!(parse("test", &["--endpoint", "https://a.example/"]).is_ok());
        assert!(Cli::try_parse_from(["trunkline", "webhook", "tail", APP]).is_err(), "an account is needed");
    }
}
