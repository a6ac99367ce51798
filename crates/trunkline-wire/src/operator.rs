//! The operator API: accounts and what they set up, users, skills, app installations, webhook deliveries, signing keys and the
//! erasing of consumers of a running server.
//!
//! Our own, not part of the Connector API; `docs/operator-api.md` describes it. Every path begins with `/operator/v1`
//! and takes the operator token as `Authorization: Bearer`. Members are in snake case, times are epoch milliseconds.
//! A request type holds the body (or, for GET, the query); the path parameters are in [`Endpoint::PATH`].
//!
//! [`Endpoint::PATH`]: crate::Endpoint::PATH

pub mod accounts;
pub mod apps;
pub mod audit;
pub mod auto_messages;
pub mod backup;
pub mod behaviour;
pub mod consumers;
pub mod deliveries;
pub mod engagements;
pub mod error;
pub mod export;
pub mod identity_provider;
pub mod keys;
pub mod retention;
pub mod skills;
pub mod survey;
pub mod user_keys;
pub mod users;

pub use error::{ErrorBody, ErrorCode, ErrorDetail};

use serde::{Deserialize, Serialize};

/// The most entries a list returns at once.
pub const MAX_PAGE: usize = 500;

/// The entries a list returns when the request names no `limit`.
pub const DEFAULT_PAGE: usize = 100;

/// Which part of a list is asked for: the query of every list that grows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageQuery {
    /// `next` of the page before; the beginning when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The most entries to return, 1 to [`MAX_PAGE`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

impl PageQuery {
    /// The page that starts after `after`.
    pub fn after(after: Option<String>) -> Self {
        Self { after, limit: None }
    }

    /// The number of entries to return, within its bounds.
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_PAGE)
    }
}

/// An answer without content: `{}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {}
