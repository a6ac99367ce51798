//! Times as history spells them beside their milliseconds. Source: spec 08 §2.2.

use crate::EpochMillis;
use crate::sentinel::civil::Civil;

/// What stands for an absent text. Source: spec 08 §2.2.
pub const UNDEFINED: &str = "undefined";

/// Writes a moment as `yyyy-MM-dd HH:mm:ss.SSS+0000`.
pub fn time_text(at: EpochMillis) -> String {
    let civil = Civil::of(at);
    let (hour, minute) = (civil.second_of_day / 3600, civil.second_of_day / 60 % 60);
    let (second, millis) = (civil.second_of_day % 60, at.0.rem_euclid(1000));
    format!(
        "{:04}-{:02}-{:02} {hour:02}:{minute:02}:{second:02}.{millis:03}+0000",
        civil.year, civil.month, civil.day
    )
}

/// The two members that tell an end: `"undefined"` and −1 without one.
pub(super) fn end_of(at: Option<EpochMillis>) -> (String, EpochMillis) {
    at.map_or_else(|| (UNDEFINED.to_owned(), EpochMillis(-1)), |at| (time_text(at), at))
}
