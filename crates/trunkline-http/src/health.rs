//! For operators and their tools: `/health/live`, `/health/ready`, `/metrics`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, Method, StatusCode, header};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use trunkline_services::Services;
use trunkline_wire::Auth;

use crate::RouteInfo;
use crate::error::{json_response, json_text};
use crate::middleware::RequestMetrics;
use crate::socket::OpenSockets;

pub(crate) const ROUTES: &[RouteInfo] = &[
    RouteInfo::new(Method::GET, "/health/live", Auth::None),
    RouteInfo::new(Method::GET, "/health/ready", Auth::None),
    RouteInfo::new(Method::GET, "/metrics", Auth::None),
];

/// A store that takes longer is not ready.
const CHECK_TIME: Duration = Duration::from_secs(5);

/// What these routes look at besides the services.
pub(crate) struct Health {
    pub(crate) shutdown: CancellationToken,
    pub(crate) prometheus: Option<PrometheusHandle>,
    pub(crate) requests: Arc<RequestMetrics>,
    pub(crate) sockets: Arc<OpenSockets>,
    /// One check of the store at a time, however many ask.
    pub(crate) checking: Mutex<()>,
}

pub(crate) fn router(health: Health) -> Router<Arc<Services>> {
    let health = Arc::new(health);
    let for_metrics = Arc::clone(&health);
    Router::new()
        .route("/health/live", get(async || json_text(StatusCode::OK, r#"{"status":"live"}"#)))
        .route(
            "/health/ready",
            get(async move |State(services): State<Arc<Services>>| ready(&health, &services).await),
        )
        .route("/metrics", get(async move || for_metrics.render()))
}

#[derive(Serialize)]
struct NotReady {
    status: &'static str,
    reason: &'static str,
}

/// 200 when a request that writes would succeed now.
async fn ready(health: &Health, services: &Services) -> Response {
    match health.why_not_ready(services.storage.check()).await {
        None => json_text(StatusCode::OK, r#"{"status":"ready"}"#),
        Some(reason) => {
            json_response(StatusCode::SERVICE_UNAVAILABLE, &NotReady { status: "not ready", reason })
        }
    }
}

impl Health {
    async fn why_not_ready<E>(&self, check: impl Future<Output = Result<(), E>>) -> Option<&'static str>
    where
        E: std::error::Error + 'static,
    {
        if self.shutdown.is_cancelled() {
            return Some("shutting down");
        }
        let check = async {
            let _alone = self.checking.lock().await;
            check.await
        };
        match tokio::time::timeout(CHECK_TIME, check).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the store is not ready");
                Some("the store cannot take writes")
            }
            Err(_) => Some("the store does not answer"),
        }
    }

    fn render(&self) -> Response {
        let mut text = self.prometheus.as_ref().map(PrometheusHandle::render).unwrap_or_default();
        text.push_str(&self.requests.render());
        text.push_str(&self.sockets.render());
        let format = HeaderValue::from_static("text/plain; version=0.0.4");
        ([(header::CONTENT_TYPE, format)], text).into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct DiskFull;

    impl fmt::Display for DiskFull {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("disk full")
        }
    }

    impl std::error::Error for DiskFull {}

    fn health() -> Health {
        Health {
            shutdown: CancellationToken::new(),
            prometheus: None,
            requests: Arc::new(RequestMetrics::new(ROUTES)),
            sockets: Arc::default(),
            checking: Mutex::new(()),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn ready_means_that_the_store_takes_writes() {
        let health = health();
        assert_eq!(health.why_not_ready(async { Ok::<_, DiskFull>(()) }).await, None);
        let failing = async { Err(DiskFull) };
        assert_eq!(health.why_not_ready(failing).await, Some("the store cannot take writes"));
        let hanging = std::future::pending::<Result<(), DiskFull>>();
        assert_eq!(health.why_not_ready(hanging).await, Some("the store does not answer"));
        health.shutdown.cancel();
        assert_eq!(health.why_not_ready(async { Ok::<_, DiskFull>(()) }).await, Some("shutting down"));
    }

    #[tokio::test]
    async fn metrics_are_prometheus_text() {
        let response = health().render();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/plain; version=0.0.4");
    }
}
