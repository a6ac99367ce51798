//! The calendar date of a moment, UTC: key names and login errors spell one.

use crate::EpochMillis;

/// A moment in UTC by calendar and clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) second_of_day: i64,
}

impl Civil {
    /// Converts by counting days from 0000-03-01, in eras of 400 years (Gregorian, proleptic).
    pub(crate) fn of(at: EpochMillis) -> Self {
        let seconds = at.0.div_euclid(1000);
        let days = seconds.div_euclid(86_400) + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        Self {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * march_month + 2) / 5 + 1,
            second_of_day: seconds.rem_euclid(86_400),
        }
    }
}

/// Writes a day as key names do: `DD-MM-YY`. Source: spec 03 §4.
pub fn day_of(at: EpochMillis) -> String {
    let civil = Civil::of(at);
    format!("{:02}-{:02}-{:02}", civil.day, civil.month, civil.year.rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_days() {
        for (seconds, day) in [
            (0, "01-01-70"),
            (951_782_400, "29-02-00"),
            (951_868_800, "01-03-00"),
            (1_494_633_600, "13-05-17"),
            (1_700_000_000, "14-11-23"),
            (1_795_219_200, "21-11-26"),
            (4_107_542_400, "01-03-00"),
            (-1, "31-12-69"),
        ] {
            assert_eq!(day_of(EpochMillis(seconds * 1000)), day, "{seconds}");
        }
    }

    proptest! {
        #[test]
        fn the_next_day_is_the_next_date(day in -100_000i64..100_000) {
            let today = Civil::of(EpochMillis(day * 86_400_000));
            let tomorrow = Civil::of(EpochMillis((day + 1) * 86_400_000));
            let same_month = tomorrow.day == today.day + 1 && tomorrow.month == today.month;
            let next_month = tomorrow.day == 1 && today.day >= 28 && tomorrow.month == today.month % 12 + 1;
            prop_assert!(same_month || next_month);
        }

        #[test]
        fn no_moment_panics(at: i64) {
            Civil::of(EpochMillis(at));
        }
    }
}
