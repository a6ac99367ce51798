//! What was done to an account that somebody may have to answer for.

use trunkline_wire::{AccountId, EpochMillis, JsonText, UserId};

/// Something to be noted for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditNote {
    /// The account it was done to.
    pub account: AccountId,
    /// When.
    pub at: EpochMillis,
    /// By whom.
    pub actor: AuditActor,
    /// What.
    pub action: AuditAction,
    /// Whom or what it concerns, by a name that says nothing about a person: never an external consumer id.
    pub subject: Option<String>,
    /// Numbers and the like, one JSON object.
    pub details: JsonText,
}

/// A note and its place in the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number; grows with every note of the store.
    pub number: u64,
    /// What was noted.
    pub note: AuditNote,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditActor {
    /// Whoever holds the operator token.
    Operator,
    /// A user of the account.
    User(UserId),
    /// The platform, as it is set up to.
    Platform,
}

impl AuditActor {
    /// The name in the store and on the wire: `operator`, `platform`, `user 1001`.
    pub fn to_text(self) -> String {
        match self {
            Self::Operator => "operator".to_owned(),
            Self::User(user) => format!("user {user}"),
            Self::Platform => "platform".to_owned(),
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "operator" => Some(Self::Operator),
            "platform" => Some(Self::Platform),
            other => UserId::parse(other.strip_prefix("user ")?).ok().map(Self::User),
        }
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// Erasing a consumer was asked for. Without an [`AuditAction::ErasureDone`] that names it, it was interrupted.
    ErasureBegun,
    /// A consumer was erased.
    ErasureDone,
    /// Conversations were erased because their time was over.
    RetentionErased,
    /// How long conversations keep their content became another time.
    RetentionChanged,
    /// An export was begun or taken up again.
    ExportBegun,
}

impl AuditAction {
    const ALL: [Self; 5] = [
        Self::ErasureBegun,
        Self::ErasureDone,
        Self::RetentionErased,
        Self::RetentionChanged,
        Self::ExportBegun,
    ];

    /// The name in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ErasureBegun => "erasure.begun",
            Self::ErasureDone => "erasure.done",
            Self::RetentionErased => "retention.erased",
            Self::RetentionChanged => "retention.changed",
            Self::ExportBegun => "export.begun",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for action in AuditAction::ALL {
            assert_eq!(AuditAction::parse(action.as_str()), Some(action));
        }
        for actor in [AuditActor::Operator, AuditActor::User(UserId::from_number(7)), AuditActor::Platform] {
            assert_eq!(AuditActor::parse(&actor.to_text()), Some(actor));
        }
        for text in ["", "user", "user x", "erasure"] {
            assert_eq!((AuditActor::parse(text), AuditAction::parse(text)), (None, None), "{text}");
        }
    }
}
