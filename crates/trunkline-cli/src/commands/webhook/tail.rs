//! `trunkline webhook tail`: deliveries as they happen.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use trunkline_wire::operator::deliveries::{DeliveryInfo, Lagged, TailDeliveries};

use super::print;
use crate::client::{OperatorClient, ServerEvent};
use crate::failure::Failure;
use crate::output::{self, Format};

/// How long to wait before asking again for a stream that ended: the app may have been enabled anew, the server restarted.
const AGAIN: Duration = Duration::from_secs(1);

/// Prints until Ctrl-C, until the reader has seen enough, or until the server says no.
pub(super) async fn run(
    client: &OperatorClient,
    format: Format,
    (account, app): &(String, String),
) -> Result<(), Failure> {
    let following = async {
        loop {
            let mut events = client.follow(&[account, app], &TailDeliveries {}).await?;
            say("following deliveries as they happen; Ctrl-C ends");
            while let Some(event) = events.next().await? {
                if !show(format, &event)? {
                    return Ok(());
                }
            }
            say("the stream ended: deliveries may be missing here");
            tokio::time::sleep(AGAIN).await;
        }
    };
    tokio::select! {
        ended = following => ended,
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted.context("cannot wait for Ctrl-C")?),
    }
}

/// `false` when nobody reads any more.
fn show(format: Format, event: &ServerEvent) -> Result<bool, Failure> {
    match &*event.name {
        TailDeliveries::DELIVERY => {
            let delivery: DeliveryInfo = parse(event)?;
            match format {
                Format::Json => output::json_line(&delivery),
                Format::Text => output::print_on(&print::line(&delivery)),
            }
        }
        TailDeliveries::LAGGED => {
            let Lagged { missed } = parse(event)?;
            say(&format!("{missed} deliveries were missed here; trunkline webhook list has them"));
            Ok(true)
        }
        _ => Ok(true),
    }
}

/// What is no delivery is not for standard output.
fn say(text: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn parse<T: serde::de::DeserializeOwned>(event: &ServerEvent) -> Result<T, Failure> {
    Ok(serde_json::from_str(&event.data)
        .with_context(|| format!("the event {} does not parse", event.name))?)
}
