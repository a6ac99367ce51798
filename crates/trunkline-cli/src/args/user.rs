//! `trunkline user …`.

use clap::{Args, Subcommand, ValueEnum};
use trunkline_wire::operator::users::UserRole;
use trunkline_wire::{AppKey, SkillId};

use super::Account;

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct PasswordArgs {
    /// The password; other users of this machine may see it in the process list
    #[arg(long, value_name = "PASSWORD")]
    pub(crate) password: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// [`UserRole`] on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RoleArg {
    Agent,
    Manager,
    Admin,
}

impl From<RoleArg> for UserRole {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Agent => Self::Agent,
            RoleArg::Manager => Self::Manager,
            RoleArg::Admin => Self::Admin,
        }
    }
}

/// What `user update` changes.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct UserChangeArgs {
    /// Offer conversations of these skills only
    #[arg(long = "skill", value_name = "ID", num_args = 1.., value_parser = SkillId::parse)]
    pub(crate) skills: Option<Vec<SkillId>>,
    /// Offer conversations of every skill
    #[arg(long, conflicts_with = "skills")]
    pub(crate) any_skill: bool,
    /// Offer no more conversations to a user who has this many
    #[arg(long, value_name = "N")]
    pub(crate) max_conversations: Option<u32>,
    /// Offer conversations without limit
    #[arg(long, conflicts_with = "max_conversations")]
    pub(crate) no_limit: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Create a user
    Create {
        /// The login name
        name: String,
        #[command(flatten)]
        account: Account,
        /// What the user may do
        #[arg(long, value_enum)]
        role: RoleArg,
        #[command(flatten)]
        password: PasswordArgs,
        /// Offer conversations of these skills only [default: of every skill]
        #[arg(long = "skill", value_name = "ID", num_args = 1.., value_parser = SkillId::parse)]
        skills: Vec<SkillId>,
        /// Offer no more conversations to a user who has this many [default: no limit]
        #[arg(long, value_name = "N")]
        max_conversations: Option<u32>,
    },
    /// List the users of an account
    List {
        #[command(flatten)]
        account: Account,
    },
    /// Change what is offered to a user; what is not named stays as it is
    Update {
        /// The login name
        name: String,
        #[command(flatten)]
        account: Account,
        #[command(flatten)]
        change: UserChangeArgs,
    },
    /// Set a user's password and end the user's sessions
    SetPassword {
        /// The login name
        name: String,
        #[command(flatten)]
        account: Account,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Disable a user: no login any more, sessions end at once
    Disable {
        /// The login name
        name: String,
        #[command(flatten)]
        account: Account,
    },
    /// Manage the API keys with which a bot signs in
    #[command(subcommand)]
    Key(UserKeyCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserKeyCommand {
    /// Create an API key and print its four values; they are shown this once
    Create {
        /// The user's login name
        name: String,
        #[command(flatten)]
        account: Account,
    },
    /// List the API keys of a user
    List {
        /// The user's login name
        name: String,
        #[command(flatten)]
        account: Account,
    },
    /// Revoke an API key: no login with it any more, its sessions end at once
    Revoke {
        /// The user's login name
        name: String,
        /// The appKey
        app_key: AppKey,
        #[command(flatten)]
        account: Account,
    },
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::args::{Cli, Command};

    use super::*;

    fn parse(line: &[&str]) -> Result<UserCommand, clap::Error> {
        let start = ["trunkline", "user"];
        match Cli::try_parse_from(start.iter().chain(line))?.command {
            Command::User(command) => Ok(command),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn skills_come_one_after_the_other_or_by_a_flag_each() {
        let user = ["create", "ada", "--account", "7", "--role", "agent", "--password", "long enough"];
        for (more, expected) in [
            (&["--skill", "101", "102"][..], &[101, 102][..]),
            (&["--skill", "101", "--max-conversations", "3", "--skill", "102"], &[101, 102]),
            (&[], &[]),
        ] {
            let line: Vec<_> = user.iter().chain(more).copied().collect();
            let Ok(UserCommand::Create { skills, .. }) = parse(&line) else { panic!("{more:?}") };
            assert_eq!(skills.iter().map(|skill| skill.number()).collect::<Vec<_>>(), expected);
        }
        for bad in ["x", "", "12345678901"] {
            let line: Vec<_> = user.iter().copied().chain(["--skill", bad]).collect();
            assert!(parse(&line).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_update_changes_something_and_says_it_once() {
        let update = |more: &[&'static str]| {
            let line: Vec<_> = ["update", "ada", "--account", "7"].iter().chain(more).copied().collect();
            parse(&line).is_ok()
        };
        for good in [
            &["--skill", "1"][..],
            &["--any-skill"],
            &["--max-conversations", "0"],
            &["--no-limit"],
            &["--any-skill", "--no-limit"],
            &["--skill", "1", "2", "--max-conversations", "3"],
        ] {
            assert!(update(good), "{good:?}");
        }
        for bad in [
            &[][..],
            &["--skill", "1", "--any-skill"],
            &["--max-conversations", "3", "--no-limit"],
            &["--max-conversations", "-1"],
            &["--skill"],
        ] {
            assert!(!update(bad), "{bad:?}");
        }
    }
}
