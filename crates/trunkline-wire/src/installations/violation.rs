//! What is wrong with a manifest.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::JsonError;

/// One broken rule. Reads as a sentence: `client_name must be at most 128 characters`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The path of the member: `capabilities.webhooks.retry.retention_time`, `grant_types[1]`.
    pub field: String,
    /// The rule, as the rest of a sentence: `must be an integer from 2 to 259200`.
    pub rule: Cow<'static, str>,
}

impl Violation {
    pub(super) fn new(field: impl Into<String>, rule: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), rule: rule.into() }
    }
}

/// The most violations one answer lists: enough for any author, and a bound on what a hostile manifest costs.
const MOST: usize = 100;

/// Adds a violation to a list that does not grow beyond [`MOST`].
pub(super) fn note(violations: &mut Vec<Violation>, violation: Violation) {
    if violations.len() < MOST {
        violations.push(violation);
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.rule)
    }
}

/// Why a manifest is refused. The text is safe to show: it repeats no values, only names of members.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The body is no JSON.
    #[error("the manifest is not valid JSON")]
    Json(#[source] JsonError),
    /// Members that break a rule: all of them, or the first hundred.
    #[error("{}", Sentences(.0))]
    Rules(Vec<Violation>),
}

impl ManifestError {
    /// The broken rules; none when the body is no JSON at all.
    pub fn violations(&self) -> &[Violation] {
        match self {
            Self::Json(_) => &[],
            Self::Rules(violations) => violations,
        }
    }

    /// `Ok` for an empty list.
    pub(super) fn unless_empty(violations: Vec<Violation>) -> Result<(), Self> {
        if violations.is_empty() { Ok(()) } else { Err(Self::Rules(violations)) }
    }
}

struct Sentences<'a>(&'a [Violation]);

impl fmt::Display for Sentences<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        Ok(())
    }
}
