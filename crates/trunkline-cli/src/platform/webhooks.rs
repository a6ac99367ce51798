//! The delivery of webhooks as part of the platform.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_jobs::webhooks::transport::{
    AddressPolicy, ClientCertificate, HttpTransport, PlainHttp, TransportOptions,
};
use trunkline_jobs::webhooks::{self, Options};
use trunkline_services::Services;

use super::Mode;
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::data_dir::{DataDir, read_if_there};
use crate::failure::{Exit, Failure};

/// Deliveries under way.
pub(super) struct Deliveries {
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// Begins to deliver what is to be delivered.
pub(super) async fn start(
    settings: &Settings,
    mode: Mode,
    data_dir: &DataDir,
    services: &Services,
) -> Result<Deliveries, Failure> {
    let transport = Arc::new(transport(settings, mode, data_dir)?);
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let tending = Arc::clone(&transport);
    let until = stop.clone();
    tasks.spawn(async move { tending.tend(until).await });
    let started =
        webhooks::start(services, Arc::new(SystemClock), transport, options(settings), &tasks, stop.clone());
    started.await.context("cannot start the delivery of webhooks")?;
    tasks.close();
    Ok(Deliveries { stop, tasks })
}

impl Deliveries {
    /// Lets requests under way end and notes how far deliveries are.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

fn options(settings: &Settings) -> Options {
    let from = &settings.webhooks;
    Options {
        max_in_flight: from.max_in_flight,
        chat_state_lifetime: from.chat_state_lifetime.get(),
        agent_only_messages: from.agent_only_messages,
        records: from.records,
        records_retention: from.records_retention.get(),
        disable_slow_apps: from.disable_slow_apps,
    }
}

fn transport(settings: &Settings, mode: Mode, data_dir: &DataDir) -> Result<HttpTransport, Failure> {
    let from = &settings.webhooks;
    let mut options = TransportOptions {
        connect_timeout: from.connect_timeout.get(),
        response_timeout: from.response_timeout.get(),
        addresses: AddressPolicy::allowing(from.allow.iter().copied()),
        ..TransportOptions::default()
    };
    if mode == Mode::Dev {
        options.addresses = options.addresses.and_loopback();
        options.plain_http = PlainHttp::Loopback;
        // A local receiver may show a certificate of the development authority.
        if let Some(pem) = read_if_there(&data_dir.ca_file())? {
            options.authorities.add_pem(pem.as_bytes()).context("the development authority is damaged")?;
        }
    }
    for path in &from.ca_files {
        let added = options.authorities.add_pem(&read(path)?);
        added.with_context(|| format!("cannot trust {}", path.display())).map_err(usage)?;
    }
    for of in &from.client_certificate {
        let certificate = ClientCertificate::from_pem(&of.endpoint, &read(&of.certificate)?, &read(&of.key)?);
        let certificate = certificate
            .with_context(|| format!("the client certificate for {} cannot be used", of.endpoint))
            .map_err(usage)?;
        options.client_certificates.push(certificate);
    }
    HttpTransport::new(options).context("cannot set up webhook delivery").map_err(usage)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display())).map_err(usage)
}

fn usage(error: anyhow::Error) -> Failure {
    Failure::new(Exit::Usage, error).hint("see [webhooks] in the configuration")
}
