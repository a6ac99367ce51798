//! `/operator/v1/accounts/{account}/survey`: what consumers are asked after a conversation.
//!
//! The members are those of the file that `trunkline survey set` takes.

use std::fmt;
use std::str::FromStr;

use http::Method;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Done;
use crate::{Auth, Endpoint};

/// Where the survey of an account is shown, set and removed.
pub const PATH: &str = "/operator/v1/accounts/{account}/survey";

/// A survey: its questions are asked one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    /// What is said before the first question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intro: Option<String>,
    /// What is said after the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thanks: Option<String>,
    /// What is said before a question is repeated, because its answer was none of the replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// After how long without an answer the survey ends.
    #[serde(default)]
    pub timeout: Timeout,
    /// The questions.
    pub question: Vec<Question>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its id, unique in the survey.
    pub id: String,
    /// The question.
    pub text: String,
    /// What is asked for.
    pub kind: QuestionKind,
    /// The answers to choose from. `csat` and `fcr` have defaults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Reply>,
}

/// What a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuestionKind {
    /// One of the replies.
    Choice,
    /// The consumer's own words.
    Text,
    /// How satisfied the consumer is: one of the replies, each with a value from 1 to 5.
    Csat,
    /// Whether the matter is settled: one of the replies, each with the value true or false.
    Fcr,
}

/// An answer to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Its id, unique in the question.
    pub id: String,
    /// The answer in words.
    pub text: String,
    /// What it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ReplyValue>,
}

/// What an answer stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a value is a whole number, true, false or text")]
pub enum ReplyValue {
    /// Settled or not.
    Flag(bool),
    /// A rate.
    Number(i64),
    /// Anything else.
    Text(String),
}

/// A span of time in seconds. Shape: a whole number and a unit: `90s`, `10m`, `1h`, `2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout(pub u32);

/// The units in seconds, largest first.
const UNITS: [(&str, u32); 4] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];

/// Text that is no time-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time-out is a whole number and a unit: 90s, 10m, 1h")]
pub struct TimeoutError;

impl Default for Timeout {
    fn default() -> Self {
        Self(600)
    }
}

impl FromStr for Timeout {
    type Err = TimeoutError;

    fn from_str(text: &str) -> Result<Self, TimeoutError> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: u32 = number.parse().map_err(|_| TimeoutError)?;
        let (_, seconds) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or(TimeoutError)?;
        number.checked_mul(seconds).map(Self).ok_or(TimeoutError)
    }
}

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, seconds): &(_, u32)| self.0 > 0 && self.0.is_multiple_of(*seconds);
        let (unit, seconds) = UNITS.into_iter().find(fits).unwrap_or(("s", 1));
        write!(f, "{}{unit}", self.0 / seconds)
    }
}

impl Serialize for Timeout {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timeout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Shows the survey, with the defaults that were filled in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowSurvey {}

impl Endpoint for ShowSurvey {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Survey;
}

/// Sets the survey of conversations that end from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SetSurvey(pub Survey);

impl Endpoint for SetSurvey {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Survey;
}

/// Removes the survey: conversations that end from now on have none. There need not be one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearSurvey {}

impl Endpoint for ClearSurvey {
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Done;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_out_carries_its_unit() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("1h", 3600), ("2d", 172_800), ("0s", 0)] {
            assert_eq!(text.parse(), Ok(Timeout(seconds)));
            assert_eq!(Timeout(seconds).to_string(), text);
        }
        for text in ["", "10", "m", "1.5m", "-1m", "10 m", "10M", "99999999999s", "4294967295d"] {
            assert_eq!(text.parse::<Timeout>(), Err(TimeoutError), "{text}");
        }
    }

    #[test]
    fn what_is_absent_stays_absent() {
        let given = r#"{"timeout":"10m","question":[{"id":"q","text":"?","kind":"fcr","replies":[{"id":"y","text":"Yes","value":true},{"id":"5","text":"Five","value":5},{"id":"x","text":"X","value":"x"},{"id":"n","text":"No"}]}]}"#;
        let survey: Survey = serde_json::from_str(given).unwrap();
        assert_eq!(serde_json::to_string(&survey).unwrap(), given);
        for wrong in ["{}", r#"{"question":[],"extra":1}"#, r#"{"question":[],"timeout":10}"#] {
            assert!(serde_json::from_str::<Survey>(wrong).is_err(), "{wrong}");
        }
    }
}
