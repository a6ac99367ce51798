//! When which account is looked at. Pure.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use trunkline_model::LogPosition;
use trunkline_wire::{AccountId, EpochMillis};

/// The shortest time between two looks at an account.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST: Duration = Duration::from_mins(15);

/// How long after a look the next one is due: a small part of the time after which conversations are closed, so that none
/// is open for much longer.
pub(super) fn interval(close_after: Duration) -> Duration {
    (close_after / 100).clamp(SHORTEST, LONGEST)
}

/// How much longer than a look the pause after it is.
const REST: u32 = 20;

/// The pause after a look that searched for so long: looks at accounts with very many open conversations are rarer.
pub(super) fn rest(searched: Duration) -> Duration {
    searched.saturating_mul(REST).min(LONGEST)
}

/// The accounts, by the time of their next look.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    accounts: HashMap<AccountId, Account>,
    order: BTreeSet<(EpochMillis, AccountId)>,
}

#[derive(Debug, Default)]
struct Account {
    /// `None` while it is being looked at.
    next: Option<EpochMillis>,
    /// A look is wanted as soon as the present one is over.
    again: bool,
    /// No open conversation ends at this place or before it.
    settled: LogPosition,
}

impl Schedule {
    /// Makes an account known and has it looked at; one that is known stays as it is.
    pub(super) fn add(&mut self, account: AccountId, now: EpochMillis) {
        if !self.accounts.contains_key(&account) {
            self.accounts.insert(account.clone(), Account { next: Some(now), ..Account::default() });
            self.order.insert((now, account));
        }
    }

    /// Has an account looked at now, or once more after the look that is under way.
    pub(super) fn hurry(&mut self, account: AccountId, now: EpochMillis) {
        match self.accounts.get_mut(&account) {
            None => self.add(account, now),
            Some(known) if known.next.is_none() => known.again = true,
            Some(known) => {
                if let Some(next) = known.next.replace(now) {
                    self.order.remove(&(next, account.clone()));
                }
                self.order.insert((now, account));
            }
        }
    }

    /// Has every known account looked at now.
    pub(super) fn hurry_all(&mut self, now: EpochMillis) {
        for account in self.accounts.keys().cloned().collect::<Vec<_>>() {
            self.hurry(account, now);
        }
    }

    /// When the next look is due.
    pub(super) fn next(&self) -> Option<EpochMillis> {
        self.order.first().map(|(at, _)| *at)
    }

    /// An account that is due, to be looked at until [`Schedule::looked`].
    pub(super) fn take_due(&mut self, now: EpochMillis) -> Option<AccountId> {
        if self.next()? > now {
            return None;
        }
        let (_, account) = self.order.pop_first()?;
        if let Some(known) = self.accounts.get_mut(&account) {
            known.next = None;
        }
        Some(account)
    }

    /// A look is over; the next one is due at `next`.
    pub(super) fn looked(&mut self, account: &AccountId, next: EpochMillis, now: EpochMillis) {
        let Some(known) = self.accounts.get_mut(account) else { return };
        let next = if std::mem::take(&mut known.again) { now } else { next };
        known.next = Some(next);
        self.order.insert((next, account.clone()));
    }

    /// True when a look up to here cannot find anything.
    pub(super) fn is_settled(&self, account: &AccountId, until: LogPosition) -> bool {
        self.accounts.get(account).is_some_and(|known| until <= known.settled)
    }

    /// A look up to here found nothing.
    pub(super) fn settle(&mut self, account: &AccountId, until: LogPosition) {
        if let Some(known) = self.accounts.get_mut(account) {
            known.settled = known.settled.max(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str) -> AccountId {
        AccountId::parse(id).unwrap()
    }

    fn at(seconds: i64) -> EpochMillis {
        EpochMillis(seconds * 1000)
    }

    #[test]
    fn intervals_fit_the_setting_within_bounds() {
        for (close_after, expected) in [
            (Duration::from_secs(1), SHORTEST),
            (Duration::from_secs(100), Duration::from_secs(1)),
            (Duration::from_mins(10), Duration::from_secs(6)),
            (Duration::from_hours(1), Duration::from_secs(36)),
            (Duration::from_hours(25), LONGEST),
            (Duration::from_hours(7 * 24), LONGEST),
        ] {
            assert_eq!(interval(close_after), expected, "{close_after:?}");
        }
    }

    #[test]
    fn a_long_search_is_followed_by_a_long_pause() {
        assert_eq!(rest(Duration::from_millis(1)), Duration::from_millis(20));
        assert_eq!(rest(Duration::from_secs(2)), Duration::from_secs(40));
        assert_eq!(rest(Duration::MAX), LONGEST);
    }

    #[test]
    fn accounts_are_due_in_the_order_of_time() {
        let mut schedule = Schedule::default();
        schedule.add(account("b"), at(20));
        schedule.add(account("a"), at(10));
        schedule.add(account("a"), at(5));
        assert_eq!(schedule.next(), Some(at(10)), "a known account stays as it is");
        assert_eq!(schedule.take_due(at(9)), None);
        assert_eq!(schedule.take_due(at(30)), Some(account("a")));
        assert_eq!(schedule.take_due(at(30)), Some(account("b")));
        assert_eq!(schedule.next(), None, "both are being looked at");
        schedule.looked(&account("a"), at(40), at(30));
        assert_eq!(schedule.next(), Some(at(40)));
    }

    #[test]
    fn a_change_brings_the_next_look_forward() {
        let mut schedule = Schedule::default();
        schedule.add(account("a"), at(1000));
        schedule.hurry(account("a"), at(10));
        schedule.hurry(account("new"), at(20));
        assert_eq!(schedule.take_due(at(10)), Some(account("a")));
        // While the look is under way, with what was set before.
        schedule.hurry(account("a"), at(11));
        assert_eq!(schedule.take_due(at(15)), None);
        schedule.looked(&account("a"), at(1000), at(15));
        assert_eq!(schedule.take_due(at(15)), Some(account("a")));
        schedule.looked(&account("a"), at(1000), at(16));
        schedule.hurry_all(at(17));
        assert_eq!(schedule.take_due(at(17)), Some(account("a")));
        assert_eq!(schedule.take_due(at(17)), Some(account("new")));
    }

    #[test]
    fn a_place_is_settled_for_everything_before_it() {
        let mut schedule = Schedule::default();
        schedule.add(account("a"), at(1));
        assert!(!schedule.is_settled(&account("a"), LogPosition(1)));
        assert!(schedule.is_settled(&account("a"), LogPosition::START), "an empty log has nothing");
        schedule.settle(&account("a"), LogPosition(10));
        schedule.settle(&account("a"), LogPosition(5));
        assert!(schedule.is_settled(&account("a"), LogPosition(10)));
        assert!(!schedule.is_settled(&account("a"), LogPosition(11)));
    }
}
