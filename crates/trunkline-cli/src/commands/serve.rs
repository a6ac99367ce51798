//! `trunkline serve`: one process with everything in it, until a signal ends it.

mod banner;
mod echo_bot;
mod signals;

use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};

use super::{checked, settings};
use crate::args::{Global, ServeArgs};
use crate::bot::RunningBot;
use crate::clock::SystemRng;
use crate::config::Settings;
use crate::data_dir::{DataDir, ServerFile};
use crate::dev::{DevFile, bootstrap, finish};
use crate::failure::{Exit, Failure};
use crate::platform::{Mode, Platform};
pub(super) use signals::Signals;

/// The upper bounds of the histogram of webhook latencies, in seconds.
const LATENCIES: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 300.0, 3600.0, 86_400.0];

pub(crate) fn run(global: &Global, args: &ServeArgs) -> Result<(), Failure> {
    let mut settings = settings(global)?;
    if let Some(http) = args.http {
        settings.server.http = http;
    }
    if let Some(https) = args.https {
        settings.server.https = https;
    }
    let settings = checked(settings)?;
    crate::logging::start(&settings.log);
    crate::descriptors::allow(&settings);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("cannot start the runtime")?;
    let mode = if args.dev { Mode::Dev } else { Mode::Production };
    let served = runtime.block_on(serve(&settings, mode, args.echo_bot));
    // What still computes (a key, a password hash) need not be waited for.
    runtime.shutdown_background();
    served
}

async fn serve(settings: &Settings, mode: Mode, echo_bot: bool) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let data_dir = DataDir::new(&settings.server.data_dir);
    let (platform, bot) = tokio::select! {
        started = start(settings, mode, &data_dir, echo_bot) => started?,
        () = signals.next() => return Ok(()),
    };
    signals.next().await;
    tracing::info!("draining; a second signal ends the process at once");
    let stopped = async {
        // Commands must not be sent to an address that somebody else may have by then.
        if let Err(error) = std::fs::remove_file(data_dir.server_file()) {
            tracing::warn!(error = &error as &dyn std::error::Error, "cannot remove server.json");
        }
        if let Some(bot) = bot {
            bot.stop().await;
        }
        platform.stop().await;
    };
    tokio::select! {
        () = stopped => {
            tracing::info!("stopped");
            Ok(())
        }
        () = signals.next() => Err(Failure::message(Exit::Failure, "stopped before all requests were answered")),
    }
}

async fn start(
    settings: &Settings,
    mode: Mode,
    data_dir: &DataDir,
    echo_bot: bool,
) -> Result<(Platform, Option<RunningBot>), Failure> {
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("trunkline_webhook_latency_seconds".to_owned()), &LATENCIES)
        .and_then(PrometheusBuilder::install_recorder)
        .context("cannot start the metrics")?;
    let mut dev: Option<DevFile> = None;
    let platform = Platform::start(settings, data_dir, mode, Some(metrics), async |services| {
        if mode == Mode::Dev {
            dev = Some(bootstrap(services, data_dir, &SystemRng).await?);
        }
        Ok(())
    });
    let platform = platform.await?;
    let file = ServerFile { http: platform.http_url(), https: platform.https_url(), pid: std::process::id() };
    file.write(&data_dir.server_file())?;
    let mut bot = None;
    if let Some(mut dev) = dev {
        dev.http = platform.http_url().unwrap_or_default();
        dev.https = platform.https_url().unwrap_or_default();
        finish(&dev, data_dir)?;
        if echo_bot {
            bot = Some(echo_bot::start(&dev)?);
        }
    }
    banner::show(settings, mode, data_dir, &file);
    Ok((platform, bot))
}
