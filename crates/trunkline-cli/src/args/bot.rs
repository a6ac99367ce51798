//! `trunkline bot …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use trunkline_wire::{AccountId, SkillId};

#[derive(Debug, Subcommand)]
pub(crate) enum BotCommand {
    /// Answer every text with `echo: …`
    Echo {
        #[command(flatten)]
        bot: BotArgs,
    },
    /// Answer as a script says; docs/bots.md describes the file
    Script {
        /// The script, TOML; `-` reads standard input
        file: PathBuf,
        #[command(flatten)]
        bot: BotArgs,
    },
}

/// Who the bot is and what it takes.
#[derive(Debug, Args)]
pub(crate) struct BotArgs {
    /// The account [default: that of dev.json]
    #[arg(long, value_name = "ID", env = "TRUNKLINE_ACCOUNT")]
    pub(crate) account: Option<AccountId>,
    /// Take conversations of these skills only and reject rings of others [default: what the user is offered]
    #[arg(long = "skill", value_name = "ID", num_args = 1.., value_parser = SkillId::parse)]
    pub(crate) skills: Vec<SkillId>,
    /// Sign in as this user; needs --password-stdin [default: the agent of dev.json in the data directory]
    #[arg(long, value_name = "NAME", requires = "password_stdin")]
    pub(crate) username: Option<String>,
    /// Read the password from standard input
    #[arg(long, requires = "username")]
    pub(crate) password_stdin: bool,
    /// Use a session that is there already; other users of this machine may see it in the process list
    #[arg(long, value_name = "BEARER", env = "TRUNKLINE_BEARER", hide_env_values = true)]
    #[arg(conflicts_with_all = ["username", "password_stdin"])]
    pub(crate) bearer: Option<BearerArg>,
}

/// A bearer on the command line, never shown.
#[derive(Clone)]
pub(crate) struct BearerArg(String);

impl BearerArg {
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for BearerArg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerArg(…)")
    }
}

impl std::str::FromStr for BearerArg {
    type Err = &'static str;

    /// A bearer goes into a path as it is (spec 20 §3.1).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
        if !text.is_empty() && text.len() <= 4096 && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err("a bearer consists of letters, digits and . _ ~ -")
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::args::{Cli, Command};

    use super::*;

    fn parse(line: &[&str]) -> Result<BotCommand, clap::Error> {
        let start = ["trunkline", "bot"];
        match Cli::try_parse_from(start.iter().chain(line))?.command {
            Command::Bot(command) => Ok(command),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_bot_has_one_way_to_sign_in() {
        for good in [
            &["echo"][..],
            &["echo", "--account", "7", "--username", "bot", "--password-stdin"],
            &["echo", "--bearer", "a.b_c~d-1", "--account", "7"],
            &["script", "bot.toml", "--skill", "1", "2", "--account", "7"],
        ] {
            assert!(parse(good).is_ok(), "{good:?}");
        }
        for bad in [
            &["script"][..],
            &["echo", "--username", "bot"],
            &["echo", "--password-stdin"],
            &["echo", "--bearer", "x", "--username", "bot", "--password-stdin"],
            &["echo", "--bearer", "a/b"],
            &["echo", "--bearer", ""],
            &["echo", "--skill", "sales"],
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_bearer_is_not_shown() {
        let command = parse(&["echo", "--bearer", "secret-1"]).unwrap();
        assert!(!format!("{command:?}").contains("secret-1"));
    }
}
