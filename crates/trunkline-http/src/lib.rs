//! axum routers, one module per service, and the listeners that carry them.

mod agent;
mod app_only;
mod consumer;
pub mod context;
mod conversations;
mod domains;
pub mod error;
pub mod extract;
mod failure;
mod files;
mod health;
mod history;
mod idp;
mod installations;
mod middleware;
mod monitoring;
mod operator;
pub mod rate_limit;
pub mod routes;
mod sentinel;
pub mod server;
mod socket;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use http::Uri;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use trunkline_services::Services;

pub use context::RequestContext;
use health::Health;
use middleware::{Around, RequestMetrics};
use rate_limit::{Rate, RateLimiter};
pub use routes::RouteInfo;
pub use server::{Limits, ListenError, ListenerOptions, Listeners, TlsIdentity};
pub use socket::SocketLimits;
use socket::Sockets;

/// How many app installations the rate limiter remembers: 4 MB at most.
const RATE_LIMITED_APPS: usize = 100_000;

/// How requests are treated.
#[derive(Default)]
pub struct RouterOptions {
    /// The limits on bodies; give the listeners the same.
    pub limits: Limits,
    /// What one WebSocket may take.
    pub sockets: SocketLimits,
    /// The limit on requests per app installation; none by default.
    pub rate: Option<Rate>,
    /// Where `/metrics` takes the metrics of the other crates from.
    pub prometheus: Option<PrometheusHandle>,
    /// Makes `/health/ready` say 503 and ends live tails as soon as it is cancelled.
    pub shutdown: CancellationToken,
}

/// The modules' route tables.
const ROUTES: &[&[RouteInfo]] = &[
    agent::ROUTES,
    consumer::ROUTES,
    conversations::ROUTES,
    domains::ROUTES,
    files::ROUTES,
    health::ROUTES,
    history::ROUTES,
    idp::ROUTES,
    installations::ROUTES,
    monitoring::ROUTES,
    operator::ROUTES,
    sentinel::ROUTES,
    webhooks::ROUTES,
];

/// Every route there is.
pub fn routes() -> impl Iterator<Item = &'static RouteInfo> {
    ROUTES.iter().copied().flatten()
}

/// The paths that pages of any origin may call, because nothing there looks at cookies: where the services are, how to
/// become a consumer, and files behind signed URLs.
fn for_pages() -> impl Iterator<Item = &'static str> {
    let whole = domains::ROUTES.iter().chain(files::ROUTES).map(|route| route.path);
    whole.chain(idp::FOR_PAGES.iter().copied())
}

/// The whole HTTP interface.
pub fn router(services: Arc<Services>, options: RouterOptions) -> Router {
    let metrics = Arc::new(RequestMetrics::new(routes()));
    let rate =
        options.rate.map(|rate| RateLimiter::new(rate, RATE_LIMITED_APPS, Arc::clone(&services.clock)));
    let operator = operator::router(options.shutdown.clone());
    let sockets = Sockets { limits: Arc::new(options.sockets), ..Sockets::default() };
    let health = Health {
        shutdown: options.shutdown,
        prometheus: options.prometheus,
        requests: Arc::clone(&metrics),
        sockets: Arc::clone(&sockets.open),
        checking: Mutex::new(()),
    };
    let around = Around {
        context: RequestContext::new(options.limits, rate),
        metrics,
        pages: Arc::new(for_pages().collect()),
    };
    let modules = health::router(health)
        .merge(agent::router(sockets.clone()))
        .merge(consumer::router(sockets))
        .merge(conversations::router())
        .merge(domains::router())
        .merge(files::router())
        .merge(history::router())
        .merge(idp::router())
        .merge(installations::router())
        .merge(monitoring::router())
        .merge(operator)
        .merge(sentinel::router())
        .merge(webhooks::router());
    around_all(modules, around).with_state(services)
}

/// JSON for what no module answers, and the layer around every handler.
fn around_all<S: Clone + Send + Sync + 'static>(modules: Router<S>, around: Around) -> Router<S> {
    modules
        .fallback(
            async |uri: Uri| {
                if operator::owns(uri.path()) { operator::no_such_path() } else { error::not_found() }
            },
        )
        .method_not_allowed_fallback(async |uri: Uri| {
            if operator::owns(uri.path()) {
                operator::method_not_allowed()
            } else {
                error::method_not_allowed()
            }
        })
        .layer(around)
}
