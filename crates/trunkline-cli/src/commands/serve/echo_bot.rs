//! `serve --dev --echo-bot`: a bot in the process of the server, which comes in by the public socket like any other.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context as _;
use trunkline_model::Secret;
use trunkline_wire::AccountId;

use crate::bot::{Bot, Credentials, Persona, Place, RunningBot};
use crate::dev::DevFile;
use crate::failure::Failure;

/// Starts the bot as the agent of `dev.json`.
pub(super) fn start(dev: &DevFile) -> Result<RunningBot, Failure> {
    let place = Place {
        base: dev.https.clone(),
        account: AccountId::parse(&dev.account).context("dev.json names no account")?,
        ca_file: Some(PathBuf::from(&dev.ca_file)),
    };
    let credentials = Credentials::Password {
        username: dev.agent.username.clone(),
        password: Secret::new(dev.agent.password.clone()),
    };
    Ok(RunningBot::start(Bot::new(place, credentials, Persona::Echo, BTreeSet::new())?))
}
