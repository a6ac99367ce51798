//! Slows guessing down: after ten failed logins of one name within a minute the name waits until the minute is over.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use trunkline_wire::{AccountId, EpochMillis};

/// Failures allowed within a window.
const MAX_FAILURES: u32 = 10;
/// The window; it begins with the first failure.
const WINDOW: Duration = Duration::from_mins(1);
/// How many names are watched; beyond that the least interesting ones are forgotten.
const WATCHED: usize = 10_000;

/// Counts failures by account and login name. A try counts as a failure from its beginning until it succeeded, so tries at
/// the same moment cannot slip in beside each other.
pub(super) struct Throttle {
    windows: Cache<[u8; 32], Window>,
    counting: Mutex<()>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: EpochMillis,
    failures: u32,
}

impl Window {
    fn must_wait(&self, now: EpochMillis) -> Option<Duration> {
        let left = WINDOW.checked_sub(now.since(self.began)).filter(|left| !left.is_zero())?;
        (self.failures >= MAX_FAILURES).then_some(left)
    }
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self { windows: Cache::new(WATCHED), counting: Mutex::new(()) }
    }

    /// How long this name must wait before it may try again, if it must. Counts nothing.
    pub(super) fn must_wait(&self, account: &AccountId, name: &str, now: EpochMillis) -> Option<Duration> {
        self.windows.get(&key(account, name)).and_then(|window| window.must_wait(now))
    }

    /// Counts a try that begins now.
    ///
    /// # Errors
    /// How long the name must wait; the try is not counted then.
    pub(super) fn begin(&self, account: &AccountId, name: &str, now: EpochMillis) -> Result<(), Duration> {
        let key = key(account, name);
        let _alone = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
        let window = self.windows.get(&key).filter(|window| now.since(window.began) < WINDOW);
        let mut window = window.unwrap_or(Window { began: now, failures: 0 });
        if let Some(left) = window.must_wait(now) {
            return Err(left);
        }
        window.failures += 1;
        self.windows.insert(key, window);
        Ok(())
    }

    /// Forgets the failures of a name that signed in.
    pub(super) fn succeeded(&self, account: &AccountId, name: &str) {
        self.windows.remove(&key(account, name));
    }
}

/// A fixed size, whatever was sent as a name.
fn key(account: &AccountId, name: &str) -> [u8; 32] {
    trunkline_jose::sha256(format!("{account}\n{name}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_try_within_a_minute_waits_until_the_minute_is_over() {
        let throttle = Throttle::new();
        let account = AccountId::parse("1").unwrap();
        let at = |second: i64| EpochMillis(1_000_000 + second * 1000);
        for second in 0..10 {
            assert_eq!(throttle.must_wait(&account, "ada", at(second)), None);
            assert_eq!(throttle.begin(&account, "ada", at(second)), Ok(()));
        }
        assert_eq!(throttle.must_wait(&account, "ada", at(10)), Some(Duration::from_secs(50)));
        assert_eq!(throttle.begin(&account, "ada", at(10)), Err(Duration::from_secs(50)));
        assert_eq!(throttle.must_wait(&account, "bob", at(10)), None);
        assert_eq!(throttle.must_wait(&AccountId::parse("2").unwrap(), "ada", at(10)), None);
        assert_eq!(throttle.must_wait(&account, "ada", at(60)), None);
        assert_eq!(throttle.begin(&account, "ada", at(60)), Ok(()));
        assert_eq!(throttle.must_wait(&account, "ada", at(61)), None);
    }

    #[test]
    fn a_success_forgets_the_failures() {
        let throttle = Throttle::new();
        let account = AccountId::parse("1").unwrap();
        for _ in 0..10 {
            assert_eq!(throttle.begin(&account, "ada", EpochMillis(0)), Ok(()));
        }
        throttle.succeeded(&account, "ada");
        assert_eq!(throttle.must_wait(&account, "ada", EpochMillis(1)), None);
    }
}
