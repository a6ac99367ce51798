//! The optional limit on requests per app installation (spec 05 §6.3): GCRA, one number per app, bounded memory.
//!
//! GCRA keeps the time at which an app's quota will be whole again. A request moves it by the time one request is
//! worth; it may not lie further ahead than the whole window. Time comes from the given clock, in milliseconds, and is
//! computed in microseconds, so that more than a thousand requests a second can be told apart.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::response::{IntoResponseParts, ResponseParts};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use trunkline_model::Clock;
use trunkline_wire::AppInstallationId;

const SHARDS: usize = 16;

/// How many requests an app installation may make in which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests per window, all of which may come at once. At least one is allowed.
    pub requests: u32,
    /// The window; at least a millisecond.
    pub window: Duration,
}

/// Counts the requests of app installations.
#[derive(Debug)]
pub struct RateLimiter {
    clock: Arc<dyn Clock>,
    requests: i64,
    /// Microseconds one request is worth.
    worth: i64,
    /// Microseconds all requests are worth.
    window: i64,
    policy: HeaderValue,
    hasher: RandomState,
    shards: [Mutex<HashMap<AppInstallationId, i64>>; SHARDS],
    shard_most: usize,
}

impl RateLimiter {
    /// Limits each app to `rate`, remembering `apps` of them at most.
    pub fn new(rate: Rate, apps: usize, clock: Arc<dyn Clock>) -> Self {
        let requests = i64::from(rate.requests.max(1));
        // A year is longer than any window that makes sense and far from overflowing.
        let window = rate.window.clamp(Duration::from_millis(1), Duration::from_hours(24 * 365));
        let window = i64::try_from(window.as_micros()).expect("a year in microseconds fits");
        let policy = format!("{requests};w={}", seconds(window));
        let worth = (window + requests - 1) / requests;
        Self {
            clock,
            requests,
            worth,
            // A whole number of requests, so that all of them fit although their worth was rounded.
            window: worth * requests,
            policy: HeaderValue::try_from(policy).expect("digits and ASCII signs"),
            hasher: RandomState::new(),
            shards: Default::default(),
            shard_most: apps.div_ceil(SHARDS).max(1),
        }
    }

    /// Counts one request.
    ///
    /// # Errors
    /// The quota when this request is one too many; it is not counted then.
    pub fn check(&self, app: AppInstallationId) -> Result<Quota, Quota> {
        let now = self.clock.now().0.saturating_mul(1000);
        let shard = usize::try_from(self.hasher.hash_one(app) % SHARDS as u64).unwrap_or(0);
        let mut apps = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        let mut used = apps.get(&app).map_or(0, |whole_at| (whole_at - now).max(0));
        if used > self.window {
            // More than can be used: the clock was set back. Begin anew rather than lock the app out.
            used = 0;
        }
        let used_after = used + self.worth;
        if used_after > self.window {
            return Err(self.quota(used, Some(used_after - self.window)));
        }
        if apps.len() >= self.shard_most && !apps.contains_key(&app) {
            forget_some(&mut apps, now, self.shard_most);
        }
        apps.insert(app, now + used_after);
        Ok(self.quota(used_after, None))
    }

    fn quota(&self, used: i64, wait: Option<i64>) -> Quota {
        Quota(Some(Numbers {
            limit: self.requests,
            remaining: (self.window - used) / self.worth,
            reset: seconds(used),
            retry_after: wait.map(|wait| seconds(wait).max(1)),
            policy: self.policy.clone(),
        }))
    }
}

/// Drops the apps whose quota is whole, and if that is not enough the one nearest to it.
fn forget_some(apps: &mut HashMap<AppInstallationId, i64>, now: i64, most: usize) {
    apps.retain(|_, whole_at| *whole_at > now);
    if apps.len() >= most
        && let Some(app) = apps.iter().min_by_key(|(_, whole_at)| **whole_at).map(|(app, _)| *app)
    {
        apps.remove(&app);
    }
}

/// Microseconds as seconds, rounded up.
fn seconds(micros: i64) -> i64 {
    micros.max(0).saturating_add(999_999) / 1_000_000
}

/// What is left of an app's quota, as the `RateLimit-*` headers (and `Retry-After` after one request too many) of an
/// answer. Source: draft-ietf-httpapi-ratelimit-headers-07.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota(Option<Numbers>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Numbers {
    limit: i64,
    remaining: i64,
    reset: i64,
    retry_after: Option<i64>,
    policy: HeaderValue,
}

impl Quota {
    /// No limit, no headers.
    pub const UNLIMITED: Self = Self(None);

    /// Sets the headers.
    pub fn apply(&self, headers: &mut HeaderMap) {
        let Some(numbers) = &self.0 else { return };
        headers.insert(HeaderName::from_static("ratelimit-limit"), numbers.limit.into());
        headers.insert(HeaderName::from_static("ratelimit-remaining"), numbers.remaining.into());
        headers.insert(HeaderName::from_static("ratelimit-reset"), numbers.reset.into());
        headers.insert(HeaderName::from_static("ratelimit-policy"), numbers.policy.clone());
        if let Some(wait) = numbers.retry_after {
            headers.insert(header::RETRY_AFTER, wait.into());
        }
    }
}

impl IntoResponseParts for Quota {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        self.apply(parts.headers_mut());
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use trunkline_wire::EpochMillis;

    use super::*;

    #[derive(Debug, Default)]
    struct HandClock(AtomicI64);

    impl Clock for HandClock {
        fn now(&self) -> EpochMillis {
            EpochMillis(1_700_000_000_000 + self.0.load(Ordering::Relaxed))
        }
    }

    fn limiter(requests: u32, window: Duration, apps: usize) -> (Arc<HandClock>, RateLimiter) {
        let clock = Arc::new(HandClock::default());
        (Arc::clone(&clock), RateLimiter::new(Rate { requests, window }, apps, clock))
    }

    fn app(n: u8) -> AppInstallationId {
        AppInstallationId::parse(&format!("00000000-0000-4000-8000-0000000000{n:02x}")).unwrap()
    }

    fn headers(quota: &Quota) -> Vec<(String, String)> {
        let mut map = HeaderMap::new();
        quota.apply(&mut map);
        map.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
    }

    fn header_of(quota: &Quota, name: &str) -> Option<String> {
        headers(quota).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    #[test]
    fn a_whole_window_may_come_at_once_and_no_more() {
        let (clock, limiter) = limiter(3, Duration::from_mins(1), 100);
        for remaining in ["2", "1", "0"] {
            let quota = limiter.check(app(1)).unwrap();
            assert_eq!(header_of(&quota, "ratelimit-remaining").as_deref(), Some(remaining));
            assert_eq!(header_of(&quota, "retry-after"), None);
        }
        let refused = limiter.check(app(1)).unwrap_err();
        assert_eq!(header_of(&refused, "ratelimit-limit").as_deref(), Some("3"));
        assert_eq!(header_of(&refused, "ratelimit-remaining").as_deref(), Some("0"));
        assert_eq!(header_of(&refused, "ratelimit-reset").as_deref(), Some("60"));
        assert_eq!(header_of(&refused, "ratelimit-policy").as_deref(), Some("3;w=60"));
        assert_eq!(header_of(&refused, "retry-after").as_deref(), Some("20"));
        // Other apps have their own quota, and what was refused does not count.
        limiter.check(app(2)).unwrap();
        clock.0.store(20_000, Ordering::Relaxed);
        limiter.check(app(1)).unwrap();
        limiter.check(app(1)).unwrap_err();
    }

    #[test]
    fn a_wait_shorter_than_a_second_is_announced_as_one() {
        let (_, limiter) = limiter(5000, Duration::from_secs(1), 100);
        for _ in 0..5000 {
            limiter.check(app(1)).unwrap();
        }
        let refused = limiter.check(app(1)).unwrap_err();
        assert_eq!(header_of(&refused, "retry-after").as_deref(), Some("1"));
    }

    #[test]
    fn no_limit_means_no_headers() {
        assert_eq!(headers(&Quota::UNLIMITED), []);
    }

    #[test]
    fn memory_is_bounded() {
        let (_, limiter) = limiter(2, Duration::from_mins(1), 16);
        for n in 0..200 {
            limiter.check(app(n)).unwrap();
        }
        for shard in &limiter.shards {
            assert!(shard.lock().unwrap().len() <= 1);
        }
    }

    #[test]
    fn a_clock_that_steps_back_does_not_lock_an_app_out_for_ever() {
        let (clock, limiter) = limiter(2, Duration::from_secs(10), 16);
        limiter.check(app(1)).unwrap();
        clock.0.store(-3_600_000, Ordering::Relaxed);
        limiter.check(app(1)).unwrap();
    }
}
