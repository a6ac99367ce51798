//! Slows guessing down: after ten failed logins of one name within a minute the name waits until the minute is over.

use std::time::Duration;

use quick_cache::sync::Cache;
use trunkline_wire::{AccountId, EpochMillis};

/// Failures allowed within a window.
const MAX_FAILURES: u32 = 10;
/// The window; it begins with the first failure.
const WINDOW: Duration = Duration::from_mins(1);
/// How many names are watched; beyond that the least interesting ones are forgotten.
const WATCHED: usize = 10_000;

/// Counts failures by account and login name.
pub(super) struct Throttle(Cache<[u8; 32], Window>);

#[derive(Debug, Clone, Copy)]
struct Window {
    began: EpochMillis,
    failures: u32,
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self(Cache::new(WATCHED))
    }

    /// How long this name must wait before it may try again, if it must.
    pub(super) fn must_wait(&self, account: &AccountId, name: &str, now: EpochMillis) -> Option<Duration> {
        let window = self.0.get(&key(account, name))?;
        let left = WINDOW.checked_sub(now.since(window.began)).filter(|left| !left.is_zero())?;
        (window.failures >= MAX_FAILURES).then_some(left)
    }

    /// Counts a failure.
    pub(super) fn failed(&self, account: &AccountId, name: &str, now: EpochMillis) {
        let key = key(account, name);
        // Two failures at the same moment may count as one; the number of hashes at a time is small, so is the error.
        let window = self.0.get(&key).filter(|window| now.since(window.began) < WINDOW);
        let mut window = window.unwrap_or(Window { began: now, failures: 0 });
        window.failures += 1;
        self.0.insert(key, window);
    }

    /// Forgets the failures of a name that signed in.
    pub(super) fn succeeded(&self, account: &AccountId, name: &str) {
        self.0.remove(&key(account, name));
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
            throttle.failed(&account, "ada", at(second));
        }
        assert_eq!(throttle.must_wait(&account, "ada", at(10)), Some(Duration::from_secs(50)));
        assert_eq!(throttle.must_wait(&account, "bob", at(10)), None);
        assert_eq!(throttle.must_wait(&AccountId::parse("2").unwrap(), "ada", at(10)), None);
        assert_eq!(throttle.must_wait(&account, "ada", at(60)), None);
        throttle.failed(&account, "ada", at(60));
        assert_eq!(throttle.must_wait(&account, "ada", at(61)), None);
    }

    #[test]
    fn a_success_forgets_the_failures() {
        let throttle = Throttle::new();
        let account = AccountId::parse("1").unwrap();
        for _ in 0..10 {
            throttle.failed(&account, "ada", EpochMillis(0));
        }
        throttle.succeeded(&account, "ada");
        assert_eq!(throttle.must_wait(&account, "ada", EpochMillis(1)), None);
    }
}
