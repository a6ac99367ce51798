//! How users are named at the edge: two forms of one user's id. Source: spec 20 §1.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{AccountId, AgentId, ConsumerId, ParticipantId, UserId};

/// A user in the old form: account and number. Shape: `1234567.282467514`. Source: spec 20 §1.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Aid {
    /// The account the client named. It is not checked here: a user of another account is nobody.
    pub account: AccountId,
    /// The number.
    pub user: UserId,
}

impl Aid {
    /// Parses `{account}.{number}`.
    pub fn parse(text: &str) -> Option<Self> {
        let (account, user) = text.split_once('.')?;
        let number = UserId::parse(user).ok()?;
        // `7` and `007` would be two names of one user.
        let is_canonical = user == "0" || !user.starts_with('0');
        is_canonical.then_some(Self { account: AccountId::parse(account).ok()?, user: number })
    }
}

impl fmt::Display for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.account, self.user)
    }
}

impl Serialize for Aid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A user as a request names one: every member that names a user takes both forms. Source: spec 20 §1 rule 3.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UserRef {
    /// The old form.
    Aid(Aid),
    /// The new form.
    Pid(AgentId),
    /// A consumer.
    Consumer(ConsumerId),
    /// Text that names nobody: answered like an id that nobody has.
    Nobody,
}

impl UserRef {
    /// Reads any text.
    pub fn of(text: &str) -> Self {
        if let Ok(pid) = AgentId::parse(text) {
            Self::Pid(pid)
        } else if let Ok(consumer) = ConsumerId::parse(text) {
            Self::Consumer(consumer)
        } else {
            Aid::parse(text).map_or(Self::Nobody, Self::Aid)
        }
    }
}

/// An id as a request names something by it: well formed, or text that cannot name anything. Both an unknown id and such text
/// are answered 404; only a missing one is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reference<T> {
    /// An id that may exist.
    To(T),
    /// Text that no id looks like.
    ToNothing,
}

impl<T> Reference<T> {
    /// Reads any text with the id's own parser.
    pub fn of<E>(parsed: Result<T, E>) -> Self {
        parsed.map_or(Self::ToNothing, Self::To)
    }

    /// The id, if it may exist.
    pub fn id(self) -> Option<T> {
        match self {
            Self::To(id) => Some(id),
            Self::ToNothing => None,
        }
    }
}

/// Somebody in a conversation with both of his names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Identity {
    /// The consumer, who has one name.
    Consumer(ConsumerId),
    /// Somebody on the brand's side.
    Agent {
        /// The new form.
        pid: AgentId,
        /// The number in the old form. `None` for the platform's own participants and for users that were removed: they go by
        /// the new form everywhere.
        user: Option<UserId>,
    },
}

impl Identity {
    /// The name in the new form: what consumers see.
    pub const fn pid(self) -> ParticipantId {
        match self {
            Self::Consumer(consumer) => ParticipantId::Consumer(consumer),
            Self::Agent { pid, .. } => ParticipantId::Agent(pid),
        }
    }

    /// The name in the old form, to be printed.
    pub(super) const fn aid(self, account: &AccountId) -> OldForm<'_> {
        OldForm { identity: self, account }
    }
}

/// Prints an identity in the old form.
#[derive(Clone, Copy)]
pub(super) struct OldForm<'a> {
    identity: Identity,
    account: &'a AccountId,
}

impl fmt::Display for OldForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.identity {
            Identity::Agent { user: Some(user), .. } => write!(f, "{}.{user}", self.account),
            other => other.pid().fmt(f),
        }
    }
}

impl Serialize for OldForm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_and_consumers_are_told_apart() {
        let aid =
            Aid { account: AccountId::parse("1234567").unwrap(), user: UserId::from_number(282_467_514) };
        assert_eq!(aid.to_string(), "1234567.282467514");
        assert_eq!(UserRef::of("1234567.282467514"), UserRef::Aid(aid));
        assert!(matches!(UserRef::of("393c6873-756d-54af-86e1-8795d57eba14"), UserRef::Pid(_)));
        assert!(matches!(UserRef::of(&"0a".repeat(32)), UserRef::Consumer(_)));
        for text in
            ["", ".", "1234567", "1234567.", ".5", "1234567.007", "a.b.1", "1234567.-1", "1 2.3", "undefined"]
        {
            assert_eq!(UserRef::of(text), UserRef::Nobody, "{text}");
        }
    }

    #[test]
    fn those_without_a_number_go_by_the_new_form() {
        let account = AccountId::parse("1234567").unwrap();
        let pid = AgentId::parse("393c6873-756d-54af-86e1-8795d57eba14").unwrap();
        let named = |user| Identity::Agent { pid, user }.aid(&account).to_string();
        assert_eq!(named(Some(UserId::from_number(999))), "1234567.999");
        assert_eq!(named(None), pid.to_string());
    }
}
