//! End to end under load: SEND accepted, stored, sent on signed, confirmed.

use super::super::messages::OK;
use super::super::{Bench, CONNECTIONS, CONVERSATIONS, median, open, texts};
use super::listening::Listening;
use crate::load::{self, Outcome, Rotation, Span};
use crate::platform::Platform;
use crate::report::{Bound, Row};

/// 64 connections, 1 000 conversations, one app; and the same load without any webhook.
pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let (silent, silent_platform) = bench.fresh("silent").await?;
    let silent_texts = texts(&silent_platform, &open(&silent_platform, CONVERSATIONS).await?);
    let mut listening = Listening::start(bench, "webhooks").await?;
    let (mut confirmed, mut on, mut off) = (Vec::new(), Vec::new(), Vec::new());
    let mut bases = vec![bench.echo_run(&bench.echo).await?.rate()];
    for _ in 0..bench.runs() {
        off.push(load(bench, &silent_platform, &silent_texts).await?.rate());
        let outcome = load(bench, &listening.platform, &listening.texts()).await?;
        on.push(outcome.rate());
        confirmed.push(confirmed_per_second(&listening, &outcome));
        listening.accepted(outcome.accepted);
        // What is still on its way would disturb the echo.
        listening.delivered().await?;
        bases.push(bench.echo_run(&bench.echo).await?.rate());
    }
    bench.discard(silent, "silent")?;
    listening.discard(bench)?;
    Ok(vec![
        Row::ratio(
            "webhook events confirmed",
            median(confirmed),
            "/s",
            ("echo", median(bases)),
            Bound::at_least(0.10, 0.20),
        ),
        Row::ratio(
            "  SEND meanwhile",
            median(on),
            "/s",
            ("no webhooks", median(off)),
            Bound::at_least(0.5, 0.7),
        ),
    ])
}

async fn load(bench: &Bench, platform: &Platform, texts: &[Vec<u8>]) -> anyhow::Result<Outcome> {
    let workloads = Rotation::spread(texts.to_vec(), CONNECTIONS, 200, OK);
    load::run(&platform.target, workloads, Span::of(bench.span())).await?.0.all_well("SEND beside webhooks")
}

/// Confirmations within the measured time of a run.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn confirmed_per_second(listening: &Listening, outcome: &Outcome) -> f64 {
    let Some(began) = outcome.began else { return 0.0 };
    let count = listening.receiver.desk().messages_between(began, began + outcome.elapsed);
    count as f64 / outcome.elapsed.as_secs_f64()
}
