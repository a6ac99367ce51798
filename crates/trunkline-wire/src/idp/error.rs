//! The error body of login, refresh and logout. Source: spec 20 §3.3.

use serde::{Deserialize, Serialize};

use crate::EpochMillis;
use crate::sentinel::civil::Civil;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The body: one member, `error`, which SDK 1.2.0 looks for whatever the status is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginError {
    /// What went wrong.
    pub error: LoginErrorDetails,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LoginErrorDetails {
    /// When, UTC: `Nov 14, 2023 10:13:20 PM`.
    pub time: String,
    /// The reason in words.
    pub message: String,
    /// See the constants of [`LoginError`].
    #[serde(rename = "internalCode")]
    pub internal_code: u32,
    /// The reason phrase in capitals: `UNAUTHORIZED`.
    #[serde(rename = "responseStatus")]
    pub response_status: String,
}

impl LoginError {
    /// Bad credentials.
    pub const BAD_CREDENTIALS: u32 = 8;
    /// The csrf token is not the session's.
    pub const BAD_CSRF: u32 = 10;
    /// Anything else.
    pub const OTHER: u32 = 0;

    /// A refusal.
    pub fn new(at: EpochMillis, status: http::StatusCode, internal_code: u32, message: String) -> Self {
        let response_status =
            status.canonical_reason().unwrap_or("ERROR").to_ascii_uppercase().replace([' ', '-'], "_");
        Self { error: LoginErrorDetails { time: written(at), message, internal_code, response_status } }
    }
}

fn written(at: EpochMillis) -> String {
    let Civil { year, month, day, second_of_day } = Civil::of(at);
    let month =
        usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or_default();
    let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = (hour + 11) % 12 + 1;
    format!("{month} {day}, {year} {hour}:{minute:02}:{second:02} {half}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_that_of_the_spec() {
        let error = LoginError::new(
            EpochMillis(1_700_000_000_000),
            http::StatusCode::UNAUTHORIZED,
            LoginError::BAD_CREDENTIALS,
            "no".to_owned(),
        );
        assert_eq!(
            serde_json::to_string(&error).unwrap(),
            r#"{"error":{"time":"Nov 14, 2023 10:13:20 PM","message":"no","internalCode":8,"responseStatus":"UNAUTHORIZED"}}"#
        );
    }

    #[test]
    fn midnight_and_noon_are_twelve() {
        assert_eq!(written(EpochMillis(0)), "Jan 1, 1970 12:00:00 AM");
        assert_eq!(written(EpochMillis(43_200_000)), "Jan 1, 1970 12:00:00 PM");
    }

    #[test]
    fn the_status_is_one_word() {
        let error = LoginError::new(EpochMillis(0), http::StatusCode::TOO_MANY_REQUESTS, 0, String::new());
        assert_eq!(error.error.response_status, "TOO_MANY_REQUESTS");
    }
}
