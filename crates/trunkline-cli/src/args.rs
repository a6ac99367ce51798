//! The command line.

mod account;
mod bot;
mod consumer;
mod engagement;
mod export;
mod moment;
mod user;
mod webhook;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use trunkline_wire::operator::keys::Purpose;
use trunkline_wire::{AccountId, AppInstallationId};

use crate::config::Span;
use crate::output::Format;

pub(crate) use account::{
    AccountCommand, BehaviourArgs, IdentityCommand, Keep, MessagesCommand, RetentionCommand,
};
pub(crate) use bot::{BotArgs, BotCommand};
pub(crate) use consumer::{AuditCommand, ConsumerCommand, ConsumerName};
pub(crate) use engagement::EngagementCommand;
pub(crate) use export::ExportArgs;
pub(crate) use moment::Moment;
pub(crate) use user::{PasswordArgs, UserChangeArgs, UserCommand, UserKeyCommand};
pub(crate) use webhook::{ListArgs, ReplayArgs, WebhookCommand};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed
  2  the command line, an environment variable or the configuration file is wrong
  3  no server answers
  4  the server refused the operator token, or the login of a bot
  5  what was named does not exist
  6  something unique is taken, another process uses the data directory, or an app is not in the state for it
  7  the server refused the input; the message names the rule
  8  the server has too much to do; try again

Configuration: defaults, then the file of --config, then TRUNKLINE_{SECTION}__{FIELD} in the environment
(TRUNKLINE_SERVER__HTTP=127.0.0.1:9000), then flags. `trunkline config sample` prints a commented file.";

/// An open Connector API platform.
#[derive(Debug, Parser)]
#[command(name = "trunkline", version, after_long_help = EXIT_CODES, after_help = EXIT_CODES)]
#[command(subcommand_required = true, arg_required_else_help = true, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that every command takes, before or after its name.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// The folder with the store, the keys and the operator token [default: ./trunkline-data]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "TRUNKLINE_DATA_DIR",
        help_heading = "Global options"
    )]
    pub(crate) data_dir: Option<PathBuf>,
    /// The configuration file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "TRUNKLINE_CONFIG",
        help_heading = "Global options"
    )]
    pub(crate) config: Option<PathBuf>,
    /// The server to talk to [default: the one that runs on the data directory]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "TRUNKLINE_SERVER",
        help_heading = "Global options"
    )]
    pub(crate) server: Option<String>,
    /// The file with the operator token [default: operator.token in the data directory]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "TRUNKLINE_TOKEN_FILE",
        help_heading = "Global options"
    )]
    pub(crate) token_file: Option<PathBuf>,
    /// A certificate authority to trust, PEM [default: dev-ca.pem in the data directory, if there]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "TRUNKLINE_CA_FILE",
        help_heading = "Global options"
    )]
    pub(crate) ca_file: Option<PathBuf>,
    /// How results are printed
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t = Format::Text,
        env = "TRUNKLINE_FORMAT",
        help_heading = "Global options"
    )]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the platform
    Serve(ServeArgs),
    /// Show and check the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Create, list and set up accounts
    #[command(subcommand)]
    Account(AccountCommand),
    /// Manage the agents, managers and admins of an account
    #[command(subcommand)]
    User(UserCommand),
    /// Create and list the skills of an account
    #[command(subcommand)]
    Skill(SkillCommand),
    /// Choose skills by the campaign and engagement that conversations come from
    #[command(subcommand)]
    Engagement(EngagementCommand),
    /// Set, show and remove what consumers of an account are asked after a conversation
    #[command(subcommand)]
    Survey(SurveyCommand),
    /// Erase consumers of an account
    #[command(subcommand)]
    Consumer(ConsumerCommand),
    /// See who erased, exported and changed what, and when
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Manage the app installations of an account
    #[command(subcommand)]
    App(AppCommand),
    /// See, replay and test the deliveries to an app's webhooks
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Run a bot that answers as an agent, until Ctrl-C
    #[command(subcommand)]
    Bot(BotCommand),
    /// List and rotate the keys that sign tokens
    #[command(subcommand)]
    Key(KeyCommand),
    /// Write the conversations of an account, one as JSON in each line, oldest first
    Export(ExportArgs),
    /// Write the store of a running server into one file; the server goes on meanwhile
    Backup {
        /// The file, which must not be there yet
        file: PathBuf,
    },
    /// Make a data directory out of a backup
    Restore {
        /// The file that `trunkline backup` made
        file: PathBuf,
    },
    /// Start the platform on an empty temporary store and walk the whole flow between consumer and agent
    Demo,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Listen for plain HTTP here [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub(crate) http: Option<SocketAddr>,
    /// Listen for HTTPS here [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDR")]
    pub(crate) https: Option<SocketAddr>,
    /// Create a local certificate authority, an account, users and an app, and write their credentials to dev.json
    #[arg(long)]
    pub(crate) dev: bool,
    /// Answer every consumer with `echo: …`, as the agent of dev.json
    #[arg(long, requires = "dev")]
    pub(crate) echo_bot: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the configuration that applies, secrets hidden
    Print,
    /// Check the configuration
    Check,
    /// Print a commented configuration file with every default
    Sample,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Account {
    /// The account
    #[arg(long, value_name = "ID", env = "TRUNKLINE_ACCOUNT")]
    pub(crate) account: AccountId,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SkillCommand {
    /// Create a skill
    Create {
        /// Its name
        name: String,
        #[command(flatten)]
        account: Account,
    },
    /// List the skills of an account
    List {
        #[command(flatten)]
        account: Account,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SurveyCommand {
    /// Set the survey of conversations that end from now on, and print it with its defaults filled in
    Set {
        /// The survey, TOML; `-` reads standard input
        file: PathBuf,
        #[command(flatten)]
        account: Account,
    },
    /// Print the survey
    Show {
        #[command(flatten)]
        account: Account,
    },
    /// Remove the survey
    Clear {
        #[command(flatten)]
        account: Account,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AppArgs {
    /// The app
    pub(crate) client_id: AppInstallationId,
    #[command(flatten)]
    pub(crate) account: Account,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Install an app and print it with its secret
    Install {
        /// The manifest, JSON; `-` reads standard input
        manifest: PathBuf,
        #[command(flatten)]
        account: Account,
    },
    /// List the apps of an account
    List {
        #[command(flatten)]
        account: Account,
    },
    /// Show an app without its secret
    Show(AppArgs),
    /// Enable an app
    Enable(AppArgs),
    /// Disable an app: its tokens are refused at once
    Disable(AppArgs),
    /// Give an app a new secret and print it; the old one keeps working for a while
    RotateSecret {
        #[command(flatten)]
        app: AppArgs,
        /// How long the old secret keeps working
        #[arg(long, value_name = "SPAN", default_value = "24h")]
        overlap: Span,
    },
    /// Delete an app
    Delete(AppArgs),
}

/// [`Purpose`] on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PurposeArg {
    #[value(name = "appjwt")]
    AppJwt,
    #[value(name = "consumerjws")]
    ConsumerJws,
    #[value(name = "webconsumer")]
    WebConsumer,
}

impl From<PurposeArg> for Purpose {
    fn from(purpose: PurposeArg) -> Self {
        match purpose {
            PurposeArg::AppJwt => Self::AppJwt,
            PurposeArg::ConsumerJws => Self::ConsumerJws,
            PurposeArg::WebConsumer => Self::WebConsumer,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// List all keys
    List,
    /// Sign with the next key from now on
    Rotate {
        /// What the key signs
        #[arg(value_enum)]
        purpose: PurposeArg,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_go_before_and_after_the_command() {
        for line in [
            ["trunkline", "--data-dir", "d", "key", "list", "--format", "json"],
            ["trunkline", "key", "list", "--data-dir", "d", "--format", "json"],
        ] {
            let cli = Cli::try_parse_from(line).unwrap();
            assert_eq!(cli.global.data_dir, Some(PathBuf::from("d")));
            assert_eq!(cli.global.format, Format::Json);
        }
    }

    #[test]
    fn exactly_one_source_of_a_password_is_needed() {
        let line = |more: &[&'static str]| {
            let mut line = vec!["trunkline", "user", "create", "ada", "--account", "7", "--role", "agent"];
            line.extend(more);
            Cli::try_parse_from(line)
        };
        assert!(line(&["--password", "long enough"]).is_ok());
        assert!(line(&["--password-stdin"]).is_ok());
        assert!(line(&[]).is_err());
        assert!(line(&["--password", "long enough", "--password-stdin"]).is_err());
    }
}
