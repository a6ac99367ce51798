//! One module per command: reads its arguments, makes its calls, prints the result.

mod account;
mod app;
mod audit;
mod backup;
mod bot;
mod config;
mod consumer;
mod document;
mod engagement;
mod export;
mod key;
mod restore;
mod serve;
mod skill;
mod survey;
mod user;
mod webhook;

use crate::args::{Cli, Command, Global};
use crate::client::{OperatorClient, Place};
use crate::config::Settings;
use crate::data_dir::DataDir;
use crate::failure::{Exit, Failure};

/// Runs the command to its end.
pub(crate) fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { global, command } = cli;
    match command {
        Command::Serve(args) => serve::run(&global, &args),
        Command::Config(command) => config::run(&global, &command),
        Command::Bot(command) => bot::run(&global, command),
        Command::Demo => crate::demo::run(),
        Command::Restore { file } => restore::run(&global, &file),
        Command::Backup { file } => {
            client(&global, async |client| backup::run(client, global.format, &file).await)
        }
        Command::Export(args) => {
            client(&global, async |client| export::run(client, global.format, args).await)
        }
        Command::Account(command) => {
            client(&global, async |client| account::run(client, global.format, command).await)
        }
        Command::User(command) => {
            client(&global, async |client| user::run(client, global.format, command).await)
        }
        Command::Skill(command) => {
            client(&global, async |client| skill::run(client, global.format, command).await)
        }
        Command::Engagement(command) => {
            client(&global, async |client| engagement::run(client, global.format, command).await)
        }
        Command::Survey(command) => {
            client(&global, async |client| survey::run(client, global.format, command).await)
        }
        Command::Consumer(command) => {
            client(&global, async |client| consumer::run(client, global.format, command).await)
        }
        Command::Audit(command) => {
            client(&global, async |client| audit::run(client, global.format, command).await)
        }
        Command::App(command) => {
            client(&global, async |client| app::run(client, global.format, command).await)
        }
        Command::Webhook(command) => {
            client(&global, async |client| webhook::run(client, global.format, command).await)
        }
        Command::Key(command) => {
            client(&global, async |client| key::run(client, global.format, command).await)
        }
    }
}

/// The configuration that applies to this call, checked.
fn settings(global: &Global) -> Result<Settings, Failure> {
    let mut settings = crate::config::load(global.config.as_deref())?;
    if let Some(dir) = &global.data_dir {
        settings.server.data_dir.clone_from(dir);
    }
    Ok(settings)
}

/// Refuses a configuration that breaks a rule, naming all of them.
fn checked(settings: Settings) -> Result<Settings, Failure> {
    let violations = settings.validate();
    if violations.is_empty() {
        return Ok(settings);
    }
    let lines: Vec<_> = violations.iter().map(ToString::to_string).collect();
    let lines = lines.join("\n  ");
    Err(Failure::message(Exit::Usage, format!("the configuration breaks these rules:\n  {lines}"))
        .hint("`trunkline config print` shows the values that apply"))
}

/// Runs a client command against the server that the flags name.
fn client(
    global: &Global,
    command: impl AsyncFnOnce(&OperatorClient) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let data_dir = DataDir::new(settings(global)?.server.data_dir);
    let client = OperatorClient::new(Place::find(global, &data_dir)?)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::new)?;
    runtime.block_on(command(&client))
}
