//! `trunkline bot …`: connects as an agent and answers, until Ctrl-C.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use trunkline_model::Secret;
use trunkline_wire::AccountId;

use super::serve::Signals;
use super::{checked, settings};
use crate::args::{BotArgs, BotCommand, Global};
use crate::bot::{Bot, Credentials, Persona, Place, Script};
use crate::data_dir::DataDir;
use crate::dev::DevFile;
use crate::failure::{Exit, Failure};

/// The longest password read.
const LONGEST_LINE: u64 = 4096;

pub(crate) fn run(global: &Global, command: BotCommand) -> Result<(), Failure> {
    let settings = checked(settings(global)?)?;
    let data_dir = DataDir::new(&settings.server.data_dir);
    let (persona, args) = match command {
        BotCommand::Echo { bot } => (Persona::Echo, bot),
        BotCommand::Script { file, bot } if file == Path::new("-") && bot.password_stdin => {
            let message = "standard input holds either the script or the password";
            return Err(Failure::message(Exit::Usage, message).hint("write the script to a file"));
        }
        BotCommand::Script { file, bot } => (Persona::Script(read_script(&file)?), bot),
    };
    crate::logging::start(&settings.log);
    let dev = DevFile::read(&data_dir.dev_file())?;
    let account = account(&args, dev.as_ref())?;
    let skills: BTreeSet<_> = args.skills.iter().copied().collect();
    let credentials = credentials(args, dev.as_ref())?;
    let base = crate::client::Place::base_url(global, &data_dir)?;
    let ca_file = global.ca_file.clone().or_else(|| Some(data_dir.ca_file()).filter(|file| file.exists()));
    let bot = Bot::new(Place { base, account, ca_file }, credentials, persona, skills)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start the runtime")?.block_on(work(bot))
}

/// Works until a signal comes; a second one ends the process at once.
async fn work(bot: Bot) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let shutdown = CancellationToken::new();
    let mut working = std::pin::pin!(bot.run(shutdown.clone()));
    tokio::select! {
        ended = &mut working => return ended,
        () = signals.next() => shutdown.cancel(),
    }
    tokio::select! {
        ended = working => ended,
        () = signals.next() => Ok(()),
    }
}

fn read_script(file: &Path) -> Result<Script, Failure> {
    let text = if file == Path::new("-") {
        std::io::read_to_string(std::io::stdin()).context("cannot read standard input")
    } else {
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
    };
    let text = text.map_err(|error| Failure::new(Exit::Usage, error))?;
    Script::parse(&text).map_err(|error| {
        let place = format!("{} is no script", file.display());
        Failure::new(Exit::Usage, anyhow::Error::new(error).context(place))
            .hint("docs/bots.md describes the format, examples/bot.toml is one")
    })
}

fn account(args: &BotArgs, dev: Option<&DevFile>) -> Result<AccountId, Failure> {
    match (&args.account, dev) {
        (Some(account), _) => Ok(account.clone()),
        (None, Some(dev)) => Ok(AccountId::parse(&dev.account).context("dev.json names no account")?),
        (None, None) => {
            Err(Failure::message(Exit::Usage, "the bot needs an account").hint("name one with --account"))
        }
    }
}

fn credentials(args: BotArgs, dev: Option<&DevFile>) -> Result<Credentials, Failure> {
    if let Some(bearer) = args.bearer {
        return Ok(Credentials::Bearer(Secret::new(bearer.into_text())));
    }
    if let Some(username) = args.username {
        return Ok(Credentials::Password { username, password: read_password()? });
    }
    match dev {
        Some(dev) => Ok(Credentials::Password {
            username: dev.agent.username.clone(),
            password: Secret::new(dev.agent.password.clone()),
        }),
        None => Err(Failure::message(Exit::Usage, "the bot has no credentials").hint(
            "give it --username and --password-stdin, or --bearer; `serve --dev` writes some to dev.json",
        )),
    }
}

/// The first line of standard input.
fn read_password() -> Result<Secret, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().take(LONGEST_LINE).read_to_string(&mut text);
    read.context("cannot read the password from standard input")?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::message(Exit::Usage, "standard input holds no password"));
    }
    Ok(Secret::new(line.to_owned()))
}
