//! What happens around every handler, in this order from the outside:
//!
//! 1. the request gets its [`RequestContext`] (limits, rate limiter);
//! 2. request metrics by route template and status, and the access log (debug level: method, template, status, time;
//!    never paths, queries or tokens) — outside of 3, so that panics are counted as the 500 they become;
//! 3. a panicking handler is answered 500 and logged once.
//!
//! One layer does all three, because every layer on a route is an allocation per request.

mod metrics;

use std::any::Any;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::Method;
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
        let route = {
            let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
            self.around.metrics.route(&method, path)
        };
        request.extensions_mut().insert(self.around.context.clone());
        AroundFuture { handler: self.inner.call(request), method, route, began: Instant::now() }
    }
}

pin_project_lite::pin_project! {
    /// The answer to come.
    pub(crate) struct AroundFuture<F> {
        #[pin]
        handler: F,
        method: Method,
        route: Arc<RouteMetrics>,
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
        let response = match catch_unwind(AssertUnwindSafe(|| handler.poll(cx))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(response))) => response,
            Err(panic) => {
                tracing::error!(http.route = this.route.path(), panic = said(&*panic), "a handler panicked");
                internal_error()
            }
        };
        let took = this.began.elapsed();
        this.route.record(response.status(), took);
        log(this.method, this.route, &response, took);
        Poll::Ready(Ok(response))
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
        let around = Around { context: RequestContext::new(limits, None), metrics: Arc::clone(&metrics) };
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
    async fn handlers_see_the_configured_limits() {
        let (_, router) = router();
        assert_eq!(answer(&router, "POST", "/depth").await.1, "7");
    }
}
