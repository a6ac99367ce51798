//! Requests counted and timed by route.
//!
//! The table of routes is known when the router is built, so its counters are plain atomics found by one look-up; a
//! general recorder would look labels up by name and keep every single duration until somebody reads them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{Method, StatusCode};

use crate::RouteInfo;

/// The statuses that are told apart; others count as 0.
const STATUSES: [u16; 27] = [
    200, 201, 204, 206, 101, 301, 302, 304, 400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 415, 416, 422,
    428, 429, 500, 501, 503, 0,
];

/// The upper bounds of the histogram in microseconds and as they are printed, in seconds.
const BOUNDS: [(u64, &str); 12] = [
    (50, "0.00005"),
    (100, "0.0001"),
    (250, "0.00025"),
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (50_000, "0.05"),
    (250_000, "0.25"),
    (1_000_000, "1"),
    (5_000_000, "5"),
];

/// The counters of all routes.
pub(crate) struct RequestMetrics {
    by_path: HashMap<&'static str, Vec<Arc<RouteMetrics>>>,
    unmatched: Arc<RouteMetrics>,
}

/// The counters of one route.
pub(crate) struct RouteMetrics {
    method: Method,
    path: &'static str,
    statuses: [AtomicU64; STATUSES.len()],
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl RouteMetrics {
    fn new(method: Method, path: &'static str) -> Self {
        Self {
            method,
            path,
            statuses: Default::default(),
            buckets: Default::default(),
            micros: AtomicU64::new(0),
        }
    }

    /// The path template.
    pub(crate) fn path(&self) -> &'static str {
        self.path
    }

    /// Counts one answer.
    pub(crate) fn record(&self, status: StatusCode, took: Duration) {
        let slot = STATUSES.iter().position(|known| *known == status.as_u16()).unwrap_or(STATUSES.len() - 1);
        self.statuses[slot].fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|(bound, _)| micros <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn labels(&self) -> String {
        format!("method=\"{}\",route=\"{}\"", self.method, self.path)
    }
}

impl RequestMetrics {
    /// Prepares counters for the given routes; everything else is counted as route `unmatched`.
    pub(crate) fn new<'a>(routes: impl IntoIterator<Item = &'a RouteInfo>) -> Self {
        let mut by_path: HashMap<&'static str, Vec<Arc<RouteMetrics>>> = HashMap::new();
        for route in routes {
            let metrics = Arc::new(RouteMetrics::new(route.method.clone(), route.path));
            by_path.entry(route.path).or_default().push(metrics);
        }
        let other = Method::from_bytes(b"OTHER").expect("a valid token");
        Self { by_path, unmatched: Arc::new(RouteMetrics::new(other, "unmatched")) }
    }

    /// The counters of a request.
    pub(crate) fn route(&self, method: &Method, path: Option<&str>) -> Arc<RouteMetrics> {
        let found = path
            .and_then(|path| self.by_path.get(path))
            .and_then(|routes| routes.iter().find(|route| route.method == *method));
        Arc::clone(found.unwrap_or(&self.unmatched))
    }

    /// Prints all counters that were used, in Prometheus' text format.
    pub(crate) fn render(&self) -> String {
        let mut routes: Vec<_> = self.by_path.values().flatten().chain([&self.unmatched]).collect();
        routes.sort_by_key(|route| (route.path, route.method.as_str()));
        let mut out = String::with_capacity(4096);
        out.push_str("# HELP trunkline_http_requests_total Requests answered.\n");
        out.push_str("# TYPE trunkline_http_requests_total counter\n");
        for route in &routes {
            render_statuses(route, &mut out);
        }
        out.push_str(
            "# HELP trunkline_http_request_seconds Time from a request's head to its answer's head.\n",
        );
        out.push_str("# TYPE trunkline_http_request_seconds histogram\n");
        for route in &routes {
            render_histogram(route, &mut out);
        }
        out
    }
}

fn render_statuses(route: &RouteMetrics, out: &mut String) {
    for (status, count) in STATUSES.iter().zip(&route.statuses) {
        let count = count.load(Ordering::Relaxed);
        if count > 0 {
            let labels = route.labels();
            // Writing to a string cannot fail.
            let _ = match status {
                0 => writeln!(out, "trunkline_http_requests_total{{{labels},status=\"other\"}} {count}"),
                _ => writeln!(out, "trunkline_http_requests_total{{{labels},status=\"{status}\"}} {count}"),
            };
        }
    }
}

fn render_histogram(route: &RouteMetrics, out: &mut String) {
    let counts: Vec<u64> = route.buckets.iter().map(|count| count.load(Ordering::Relaxed)).collect();
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return;
    }
    let labels = route.labels();
    let mut so_far = 0;
    let bounds = BOUNDS.iter().map(|(_, bound)| *bound).chain(["+Inf"]);
    for (bound, count) in bounds.zip(&counts) {
        so_far += count;
        let _ = writeln!(out, "trunkline_http_request_seconds_bucket{{{labels},le=\"{bound}\"}} {so_far}");
    }
    let sum = Duration::from_micros(route.micros.load(Ordering::Relaxed)).as_secs_f64();
    let _ = writeln!(out, "trunkline_http_request_seconds_sum{{{labels}}} {sum}");
    let _ = writeln!(out, "trunkline_http_request_seconds_count{{{labels}}} {total}");
}

#[cfg(test)]
mod tests {
    use trunkline_wire::Auth;

    use super::*;

    #[test]
    fn answers_are_counted_by_template_and_status() {
        let routes = [RouteInfo::new(Method::GET, "/a/{b}", Auth::None)];
        let metrics = RequestMetrics::new(&routes);
        let record = |method: Method, path, status, micros| {
            metrics.route(&method, path).record(status, Duration::from_micros(micros));
        };
        record(Method::GET, Some("/a/{b}"), StatusCode::OK, 60);
        record(Method::GET, Some("/a/{b}"), StatusCode::OK, 6_000_000);
        record(Method::GET, Some("/a/{b}"), StatusCode::IM_A_TEAPOT, 1);
        record(Method::POST, Some("/a/{b}"), StatusCode::METHOD_NOT_ALLOWED, 1);
        record(Method::GET, None, StatusCode::NOT_FOUND, 1);
        let text = metrics.render();
        for line in [
            "trunkline_http_requests_total{method=\"GET\",route=\"/a/{b}\",status=\"200\"} 2",
            "trunkline_http_requests_total{method=\"GET\",route=\"/a/{b}\",status=\"other\"} 1",
            "trunkline_http_requests_total{method=\"OTHER\",route=\"unmatched\",status=\"405\"} 1",
            "trunkline_http_requests_total{method=\"OTHER\",route=\"unmatched\",status=\"404\"} 1",
            "trunkline_http_request_seconds_bucket{method=\"GET\",route=\"/a/{b}\",le=\"0.00005\"} 1",
            "trunkline_http_request_seconds_bucket{method=\"GET\",route=\"/a/{b}\",le=\"0.0001\"} 2",
            "trunkline_http_request_seconds_bucket{method=\"GET\",route=\"/a/{b}\",le=\"5\"} 2",
            "trunkline_http_request_seconds_bucket{method=\"GET\",route=\"/a/{b}\",le=\"+Inf\"} 3",
            "trunkline_http_request_seconds_sum{method=\"GET\",route=\"/a/{b}\"} 6.000061",
            "trunkline_http_request_seconds_count{method=\"GET\",route=\"/a/{b}\"} 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
