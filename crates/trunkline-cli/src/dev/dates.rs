//! The validity of certificates, in whole days.

use rcgen::CertificateParams;
use trunkline_wire::{EpochMillis, EpochSeconds};

const DAY: i64 = 86_400;

/// When a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    from: EpochSeconds,
    until: EpochSeconds,
}

impl Validity {
    /// From yesterday, because clocks differ, for a number of days.
    pub(crate) fn days(now: EpochMillis, days: i64) -> Self {
        let today = now.seconds().0.div_euclid(DAY) * DAY;
        Self { from: EpochSeconds(today - DAY), until: EpochSeconds(today + days * DAY) }
    }

    /// The end.
    pub(crate) fn until(self) -> EpochSeconds {
        self.until
    }

    /// Enters it into a certificate.
    pub(crate) fn apply(self, parameters: &mut CertificateParams) {
        for (at, field) in [(self.from, &mut parameters.not_before), (self.until, &mut parameters.not_after)]
        {
            let date = jiff::Timestamp::from_second(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
            let date = date.to_zoned(jiff::tz::TimeZone::UTC).date();
            let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
            *field = rcgen::date_time_ymd(i32::from(date.year()), month, day);
        }
    }
}
