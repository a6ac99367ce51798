//! `/operator/v1/accounts/{account}/audit`: what was done to an account that somebody may have to answer for.

use http::Method;
use serde::{Deserialize, Serialize};

use super::{DEFAULT_PAGE, MAX_PAGE};
use crate::{Auth, Endpoint, EpochMillis, JsonText};

/// Where the audit trail of an account is read.
pub const PATH: &str = "/operator/v1/accounts/{account}/audit";

/// Lists the notes of an account, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListAudit {
    /// Only those from this moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<EpochMillis>,
    /// `next` of the page before; the beginning when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// The most entries to return, 1 to [`MAX_PAGE`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

impl ListAudit {
    /// A page of the notes since a moment.
    pub fn new(since: Option<EpochMillis>, after: Option<u64>) -> Self {
        Self { since, after, limit: None }
    }

    /// The number of entries to return, within its bounds.
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_PAGE)
    }
}

/// A page of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditList {
    /// The notes, oldest first.
    pub entries: Vec<AuditInfo>,
    /// `after` of the next page; `null` at the end.
    pub next: Option<u64>,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditInfo {
    /// Its number, which grows.
    pub number: u64,
    /// When it was noted.
    pub at: EpochMillis,
    /// Who did it: `operator`, `platform`, or `user` and the number of a user.
    pub actor: String,
    /// What: `erasure.begun`, `erasure.done`, `retention.erased`, `retention.changed`, `export.begun`.
    pub action: String,
    /// Whom it concerns, by the platform's name.
    pub subject: Option<String>,
    /// Numbers and the like, an object.
    pub details: JsonText,
}

impl Endpoint for ListAudit {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = AuditList;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_documented_shape() {
        let text = concat!(
            r#"{"entries":[{"number":7,"at":1795259648509,"actor":"operator","action":"erasure.done","subject":"0a","#,
            r#""details":{"request":6,"files":1}},"#,
            r#"{"number":8,"at":1795259648510,"actor":"platform","action":"retention.erased","subject":null,"#,
            r#""details":{}}],"next":8}"#
        );
        let page: AuditList = serde_json::from_str(text).unwrap();
        assert_eq!(page.entries.len(), 2);
        assert_eq!(serde_json::to_string(&page).unwrap(), text);
        assert_eq!(serde_json::to_string(&ListAudit::default()).unwrap(), "{}");
    }
}
