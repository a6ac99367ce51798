//! What every request carries besides the services: the limits on its body and the rate limiter.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};

use axum::extract::FromRequestParts;
use http::Extensions;
use http::request::Parts;
use trunkline_wire::AppInstallationId;

use crate::rate_limit::{Quota, RateLimiter};
use crate::server::Limits;

/// Shared by all requests; a handler takes it as an argument.
#[derive(Debug, Clone)]
pub struct RequestContext(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limits: Limits,
    rate: Option<RateLimiter>,
}

impl RequestContext {
    /// Puts limits and, if requests are to be limited, the rate limiter together.
    pub fn new(limits: Limits, rate: Option<RateLimiter>) -> Self {
        Self(Arc::new(Shared { limits, rate }))
    }

    /// The limits on this request.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Counts one request of an app installation. Put the quota on the answer, whatever that is:
    /// `(quota, answer).into_response()`.
    ///
    /// # Errors
    /// The quota to put on the family's own 429 when this request is one too many.
    pub fn check(&self, app: AppInstallationId) -> Result<Quota, Quota> {
        self.0.rate.as_ref().map_or(Ok(Quota::UNLIMITED), |rate| rate.check(app))
    }

    /// The context of a request; the defaults outside [`crate::router`].
    pub(crate) fn of(extensions: &Extensions) -> &Self {
        static DEFAULT: LazyLock<RequestContext> =
            LazyLock::new(|| RequestContext::new(Limits::default(), None));
        extensions.get().unwrap_or(&DEFAULT)
    }
}

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions).clone())
    }
}
