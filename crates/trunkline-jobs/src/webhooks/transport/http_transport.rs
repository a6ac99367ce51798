//! The transport over HTTP/1.1.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use quick_cache::sync::Cache;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::body;
use super::connection::Connection;
use super::connector::Connector;
use super::endpoint::Endpoint;
use super::failure::Failure;
use super::options::{TransportError, TransportOptions};
use super::pool::Pool;
use super::tls::Tls;
use super::{Answer, Post, Transport};

/// How many endpoints are remembered in parsed form.
const ENDPOINTS: usize = 4096;

/// Sends requests over HTTP/1.1, and keeps connections for the next ones.
///
/// A connection that was kept may be closed by the endpoint at the very moment it is used again. If the endpoint closes it
/// before a single byte of an answer came, the request is sent once more, on a new connection. Nothing is counted twice by
/// that: of the two there is at most one answer, and it is the one that is reported, so a post is one attempt with one
/// outcome whatever happened below. An endpoint that had read the first request before it closed sees the notification
/// twice, as it would after any attempt without an answer (spec 06 §5). On a new connection nothing of the kind is excused.
pub struct HttpTransport {
    connector: Connector,
    pool: Pool,
    endpoints: Cache<Arc<str>, Arc<Endpoint>>,
    response_timeout: Duration,
    body_grace: Duration,
    idle_timeout: Duration,
}

/// An answer whose head came in time.
struct Received {
    status: u16,
    duration: Duration,
    rest: body::Rest,
}

impl HttpTransport {
    /// Sets a transport up.
    ///
    /// # Errors
    /// When certificates cannot be used.
    pub fn new(options: TransportOptions) -> Result<Self, TransportError> {
        let tls = Tls::new(&options.authorities, options.client_certificates)?;
        Ok(Self {
            connector: Connector {
                resolver: options.resolver,
                addresses: options.addresses,
                plain_http: options.plain_http,
                tls,
                timeout: options.connect_timeout,
            },
            pool: Pool::new(options.idle_per_origin, options.idle_in_all, options.idle_timeout),
            endpoints: Cache::new(ENDPOINTS),
            response_timeout: options.response_timeout,
            body_grace: options.body_grace,
            idle_timeout: options.idle_timeout,
        })
    }

    /// Closes unused connections in time, until `shutdown`. Without it they are never used for longer either, but stay
    /// open (within their bounds).
    pub async fn tend(&self, shutdown: CancellationToken) {
        let period = (self.idle_timeout / 2).max(Duration::from_millis(1));
        while shutdown.run_until_cancelled(tokio::time::sleep(period)).await.is_some() {
            self.pool.close_expired();
        }
    }

    /// How many unused connections are open.
    pub fn idle_connections(&self) -> usize {
        self.pool.len()
    }

    async fn try_post(&self, post: &Post, began: Instant) -> Result<Received, Failure> {
        let endpoint = self.endpoint(&post.endpoint)?;
        let mut limit = self.response_timeout;
        if let Some(kept) = self.pool.take(&endpoint.origin).await {
            let sent = Instant::now();
            match self.exchange(kept, &endpoint, post, limit, began).await {
                // The second try gets what the first has left of the time.
                Err(failure) if failure.is_end_of_connection() => {
                    limit = limit.saturating_sub(sent.elapsed());
                }
                result => return result,
            }
        }
        // Rare and large: not part of the future of every request.
        let fresh = Box::pin(self.connector.connect(&endpoint.origin)).await?;
        self.exchange(fresh, &endpoint, post, limit, began).await
    }

    async fn exchange(
        &self,
        mut connection: Connection,
        endpoint: &Endpoint,
        post: &Post,
        limit: Duration,
        began: Instant,
    ) -> Result<Received, Failure> {
        let answer = timeout(limit, connection.send(endpoint.request(post))).await;
        let heard = connection.heard_anything();
        let response = match answer {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(Failure::request(error, heard)),
            Err(_) if heard => return Err(Failure::SlowHead(self.response_timeout)),
            Err(_) => return Err(Failure::NoAnswer(self.response_timeout)),
        };
        let (status, duration) = (response.status().as_u16(), began.elapsed());
        let rest = body::read(&mut connection, response.into_body(), self.body_grace).await;
        if rest.is_reusable {
            self.pool.put(&endpoint.origin, connection);
        }
        Ok(Received { status, duration, rest })
    }

    fn endpoint(&self, url: &Arc<str>) -> Result<Arc<Endpoint>, Failure> {
        if let Some(endpoint) = self.endpoints.get(url) {
            return Ok(endpoint);
        }
        let endpoint = Endpoint::parse(url).map_err(Failure::Endpoint)?;
        let identity = self.connector.tls.identity(&endpoint);
        let endpoint = Arc::new(endpoint.with_identity(identity));
        self.endpoints.insert(Arc::clone(url), Arc::clone(&endpoint));
        Ok(endpoint)
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn post(&self, request: Post) -> Answer {
        let began = Instant::now();
        match self.try_post(&request, began).await {
            Ok(Received { status, duration, rest }) => {
                let error = verdict(status).or(rest.note);
                Answer { status: Some(status), duration, excerpt: rest.excerpt, error }
            }
            Err(failure) => {
                let error = Some(failure.to_string());
                Answer { duration: began.elapsed(), error, ..Answer::default() }
            }
        }
    }
}

/// What is wrong with a status. Source: spec 06 §2.
fn verdict(status: u16) -> Option<String> {
    match status {
        200 | 201 => None,
        202..=299 => Some(format!("answered {status}: only 200 and 201 confirm")),
        301 | 302 | 303 | 307 | 308 => Some(format!("answered {status}: redirects are not followed")),
        _ => Some(format!("answered {status}")),
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").field("idle", &self.pool.len()).finish_non_exhaustive()
    }
}
