//! `trunkline demo`: the flow of spec 00 §3 against a platform of its own, as a real HTTPS client with a
//! real HTTPS receiver for webhooks.
//!
//! Each step makes its calls, prints them, and checks the answers against the spec. The first mismatch ends the walk,
//! because later steps need what earlier ones got.

mod answer;
mod call;
mod campaign;
mod mismatch;
mod notification;
mod receiver;
mod screen;
mod steps;
mod transcript;
mod visit;
mod walk;

use anyhow::Context as _;
use trunkline_model::Clock as _;

use crate::clock::{SystemClock, SystemRng};
use crate::config::{Log, Settings};
use crate::data_dir::DataDir;
use crate::dev::{DevFile, bootstrap};
use crate::failure::{Exit, Failure};
use crate::platform::{Mode, Platform};
use campaign::Campaign;
use mismatch::Mismatch;
use receiver::Receiver;
use screen::Screen;
use walk::Walk;

/// Runs the demo; a mismatch is a failure.
pub(crate) fn run() -> Result<(), Failure> {
    crate::logging::start(&Log { level: "warn".to_owned(), ..Log::default() });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start the runtime")?.block_on(demo())
}

async fn demo() -> Result<(), Failure> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let data_dir = DataDir::new(folder.path().join("data"));
    let mut settings = Settings::default();
    settings.server.http = ([127, 0, 0, 1], 0).into();
    settings.server.https = ([127, 0, 0, 1], 0).into();

    let screen = Screen::new();
    screen.line("Starting the platform on an empty temporary store (this makes its keys)…");
    let mut prepared: Option<(DevFile, Campaign)> = None;
    let platform = Platform::start(&settings, &data_dir, Mode::Dev, None, async |services| {
        let dev = bootstrap(services, &data_dir, &SystemRng).await?;
        let campaign = Campaign::set_up(services, &dev.account).await?;
        prepared = Some((dev, campaign));
        Ok(())
    });
    let platform = platform.await?;
    let (dev, campaign) = prepared.context("the platform was not prepared")?;
    screen.line(&campaign.title());
    let walk = match Receiver::start(&data_dir, SystemClock.now()).await {
        Ok(receiver) => Walk::new(&platform, &dev, campaign, screen, receiver),
        Err(error) => Err(error.context("cannot start the webhook receiver").into()),
    };
    let walked = match walk {
        Ok(mut walk) => {
            let walked = walk_all(&mut walk).await;
            walk.stop_bot().await;
            walked.map_err(|Mismatch(text)| (walk, text))
        }
        Err(failure) => {
            platform.stop().await;
            return Err(failure);
        }
    };
    platform.stop().await;
    match walked {
        Ok(()) => Ok(()),
        Err((walk, text)) => Err(Failure::message(
            Exit::Failure,
            format!("step {} does not match the spec: {text}", walk.present_step()),
        )),
    }
}

/// The steps, numbered as in spec 00 §3.
async fn walk_all(walk: &mut Walk) -> Result<(), Mismatch> {
    walk.step("1", "Domain API: which host serves what", steps::domains::lookup).await?;
    walk.step("2", "Admin login", steps::admin::login).await?;
    walk.step("3", "App installation", steps::admin::install).await?;
    walk.step("4", "The connector looks its services up", steps::domains::lookup_each).await?;
    walk.step("5", "AppJWT: the connector's token", steps::tokens::app_jwt).await?;
    walk.step("6", "ConsumerJWS: the consumer's identity", steps::tokens::consumer_jws).await?;
    walk.step("7", "Monitoring: what the visitor came by", steps::monitoring::engage).await?;
    walk.step("8", "CONVERSATION: open", steps::conversation::open_engaged).await?;
    walk.step("8", "CONVERSATION: a second one is refused", steps::conversation::open_twice).await?;
    walk.step("9", "Webhook: conversation opened", steps::webhooks::opened).await?;
    walk.step("10", "SEND: text", steps::messages::text).await?;
    walk.step("10", "SEND: typing", steps::messages::typing).await?;
    walk.step("10", "SEND: receipt", steps::messages::receipt).await?;
    walk.step("10", "SEND: satisfaction", steps::messages::satisfaction).await?;
    walk.step("11", "Webhooks: what the consumer did", steps::webhooks::echoed).await?;
    walk.step("12", "SEND and PUT: a file goes up", steps::files::upload).await?;
    walk.step("12", "SEND: the file", steps::files::share).await?;
    walk.step("12", "Webhook: the file", steps::files::told).await?;
    walk.step("12", "SEND and GET: the file comes down", steps::files::download).await?;
    walk.step("13", "SEND: close", steps::conversation::close).await?;
    walk.step("13", "Webhook: conversation closed", steps::webhooks::closed).await?;
    walk.step("13", "SEND after close is refused", steps::conversation::send_after_close).await?;
    walk.step("11", "A bot signs in as an agent", steps::agent::online).await?;
    walk.step("8", "CONVERSATION: another one", steps::conversation::open).await?;
    walk.step("9", "Webhook: conversation opened", steps::webhooks::opened).await?;
    walk.step("11", "Webhook: the bot was rung and accepted", steps::agent::joined).await?;
    walk.step("10", "SEND: a question", steps::agent::question).await?;
    walk.step("11", "Webhooks: the bot reads, types, answers", steps::agent::answered).await?;
    walk.step("10", "SEND: another question", steps::agent::second_question).await?;
    walk.step("11", "Webhooks: the bot shows a card", steps::agent::answered_richly).await?;
    walk.step("10", "SEND: good bye", steps::agent::good_bye).await?;
    walk.step("13", "Webhooks: the bot reads and closes", steps::agent::closed).await?;
    walk.step("14", "History: what was said", steps::history::search).await?;
    walk.summary();
    Ok(())
}
