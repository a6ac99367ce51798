//! What happens around every handler, in this order from the outside:
//!
//! 1. the request gets its [`RequestContext`] (limits, rate limiter);
//! 2. request metrics by route template and status, and the access log (debug level: method, template, status, time;
//!    never paths, queries or tokens) — outside of 3, so that panics are counted as the 500 they become;
//! 3. a panicking handler is answered 500 and logged once;
//! 4. pages of any origin may read the answers of the paths that are for them — whoever gave the answer, so that a page can
//!    tell a wrong path, a wrong method and a fault of ours from a network that is gone.
//!
//! One layer does all four, because every layer on a route is an allocation per request.

mod metrics;

use std::any::Any;
use std::collections::HashSet;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, header};
use tokio::time::Instant;
use tower::{Layer, Service};

use crate::context::RequestContext;
use crate::error::internal_error;
pub(crate) use metrics::RequestMetrics;
use metrics::RouteMetrics;

/// The layer around every handler.
#[derive(Clone)]
pub(crate) struct Around {
    pub(crate) context: RequestContext,
    pub(crate) metrics: Arc<RequestMetrics>,
    /// The paths that pages of any origin may call.
    pub(crate) pages: Arc<HashSet<&'static str>>,
}

impl<S> Layer<S> for Around {
    type Service = AroundService<S>;

    fn layer(&self, inner: S) -> AroundService<S> {
        AroundService { inner, around: self.clone() }
    }
}

/// A handler with everything around it.
#[derive(Clone)]
pub(crate) struct AroundService<S> {
    inner: S,
    around: Around,
}

impl<S> Service<Request> for AroundService<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = AroundFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let method = request.method().clone();
        let (route, for_pages) = {
            let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
            // That there is no such path is no secret.
            let for_pages = path.is_none_or(|path| self.around.pages.contains(path));
            (self.around.metrics.route(&method, path), for_pages)
        };
        request.extensions_mut().insert(self.around.context.clone());
        AroundFuture { handler: self.inner.call(request), method, route, for_pages, began: Instant::now() }
    }
}

pin_project_lite::pin_project! {
    /// The answer to come.
    pub(crate) struct AroundFuture<F> {
        #[pin]
        handler: F,
        method: Method,
        route: Arc<RouteMetrics>,
        for_pages: bool,
        began: Instant,
    }
}

impl<F> Future for AroundFuture<F>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let handler = this.handler;
        // A handler that panicked is not polled again, and what it shares with others guards itself (poisoning).
        let mut response = match catch_unwind(AssertUnwindSafe(|| handler.poll(cx))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(response))) => response,
            Err(panic) => {
                tracing::error!(http.route = this.route.path(), panic = said(&*panic), "a handler panicked");
                internal_error()
            }
        };
        if *this.for_pages {
            open_to_pages(response.headers_mut());
        }
        let took = this.began.elapsed();
        this.route.record(response.status(), took);
        log(this.method, this.route, &response, took);
        Poll::Ready(Ok(response))
    }
}

/// A page sees the answer, and how long to wait; a module may show more of its own.
fn open_to_pages(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if headers.contains_key(header::RETRY_AFTER) {
        headers.append(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    }
}

fn log(method: &Method, route: &RouteMetrics, response: &Response, took: Duration) {
    tracing::debug!(
        http.method = method.as_str(),
        http.route = route.path(),
        http.status = response.status().as_u16(),
        http.micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
}

fn said(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::routing::{get, post};
    use http::{StatusCode, header};
    use tower::ServiceExt as _;
    use trunkline_wire::Auth;

    use super::*;
    use crate::server::Limits;
    use crate::{RouteInfo, around_all};

    fn router() -> (Arc<RequestMetrics>, Router) {
        let routes = [RouteInfo::new(Method::GET, "/panic/{id}", Auth::None)];
        let metrics = Arc::new(RequestMetrics::new(&routes));
        let limits = Limits { json_depth: 7, ..Limits::default() };
        let around = Around {
            context: RequestContext::new(limits, None),
            metrics: Arc::clone(&metrics),
            pages: Arc::new(["/panic/{id}"].into()),
        };
        let modules = Router::new()
            .route("/panic/{id}", get(async || -> &'static str { panic!("boom") }))
            .route("/depth", post(async |context: RequestContext| context.limits().json_depth.to_string()));
        (metrics, around_all(modules, around))
    }

    async fn answer(router: &Router, method: &str, path: &str) -> (Response<()>, String) {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, 10_000).await.unwrap();
        (Response::from_parts(parts, ()), String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_answered_500_and_counted() {
        let (metrics, router) = router();
        let (response, body) = answer(&router, "GET", "/panic/7?secret=1").await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        assert!(!body.contains("boom"), "{body}");
        assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        let counted = r#"{method="GET",route="/panic/{id}",status="500"} 1"#;
        assert!(metrics.render().contains(counted));
    }

    #[tokio::test]
    async fn unknown_paths_and_methods_are_answered_in_json() {
        let (metrics, router) = router();
        let (response, body) = answer(&router, "GET", "/nowhere").await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        assert_eq!(body, r#"{"error":{"status":404,"message":"no such path"}}"#);

        let (response, body) = answer(&router, "GET", "/depth").await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        assert_eq!(response.headers()[header::ALLOW], "POST");
        assert!(body.contains("405"), "{body}");
        assert!(metrics.render().contains(r#"route="unmatched",status="404"} 1"#));
        assert!(metrics.render().contains(r#"route="unmatched",status="405"} 1"#));
    }

    #[tokio::test]
    async fn only_paths_for_pages_are_open_to_them() {
        let (_, router) = router();
        for (method, path, is_open) in [
            ("GET", "/panic/7", true),
            ("POST", "/panic/7", true),
            ("GET", "/nowhere", true),
            ("POST", "/depth", false),
            ("GET", "/depth", false),
        ] {
            let (response, _) = answer(&router, method, path).await;
            let open = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(open.is_some(), is_open, "{method} {path}");
        }
    }

    #[test]
    fn pages_may_see_how_long_to_wait() {
        let mut response = crate::error::unavailable(Duration::from_secs(1));
        open_to_pages(response.headers_mut());
        assert_eq!(response.headers()[header::ACCESS_CONTROL_EXPOSE_HEADERS], "retry-after");
    }

    #[tokio::test]
    async fn handlers_see_the_configured_limits() {
        let (_, router) = router();
        assert_eq!(answer(&router, "POST", "/depth").await.1, "7");
    }
}
