//! Who takes part, in the three lists of a raw conversation. Source: spec 22 §1.1.
//!
//! The SDK matches the lists by position: the n-th entry of a role in a dialog's `participantsDetails` gets the n-th id
//! of that role in `participantsPId`. So all of them are printed from one order: the main dialog's members first, those
//! who were only proposed last, because they are in `participantsDetails` alone.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::AccountId;
use crate::agent::Identity;
use crate::conversations::{ParticipantRole, ParticipantState};

/// Somebody in a conversation or dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub who: Identity,
    /// As what.
    pub role: ParticipantRole,
    /// Taking part, or only proposed.
    pub state: ParticipantState,
}

impl Member {
    fn is_active(&self) -> bool {
        self.state == ParticipantState::Active
    }
}

/// The roles in the order in which they are printed; the first [`ALWAYS`] even when nobody has them.
const ROLES: [ParticipantRole; 8] = [
    ParticipantRole::Consumer,
    ParticipantRole::AssignedAgent,
    ParticipantRole::Manager,
    ParticipantRole::Reader,
    ParticipantRole::Agent,
    ParticipantRole::AgentManager,
    ParticipantRole::AssignedManager,
    ParticipantRole::Controller,
];
const ALWAYS: usize = 4;

fn rank(role: ParticipantRole) -> usize {
    ROLES.iter().position(|known| *known == role).unwrap_or(ROLES.len())
}

/// The active members of a conversation in the order of all lists.
#[derive(Debug)]
pub(super) struct Roster {
    /// By rank of the role, inside a role in their one order; nobody twice in a role.
    members: Vec<Member>,
    /// By rank: true if the role is printed, somebody having it or not.
    roles: [bool; ROLES.len()],
}

impl Roster {
    /// Orders the members of a conversation. The first of `dialogs` is the main one.
    pub(super) fn new<'m>(
        conversation: &'m [Member],
        dialogs: impl IntoIterator<Item = &'m [Member]>,
    ) -> Self {
        let mut roles = [false; ROLES.len()];
        roles[..ALWAYS].fill(true);
        let mut main: Option<&[Member]> = None;
        for dialog in dialogs {
            main.get_or_insert(dialog);
            for member in dialog.iter().filter(|member| member.is_active()) {
                // A role without a key makes the SDK warn about everybody who has it.
                roles[rank(member.role)] = true;
            }
        }
        let main = main.unwrap_or_default();
        let mut members: Vec<Member> = Vec::with_capacity(conversation.len());
        for member in conversation.iter().filter(|member| member.is_active()) {
            roles[rank(member.role)] = true;
            if !members.iter().any(|known| is_same(known, member)) {
                members.push(*member);
            }
        }
        let place =
            |member: &Member| main.iter().position(|known| is_same(known, member)).unwrap_or(usize::MAX);
        members.sort_by_cached_key(|member| (rank(member.role), place(member)));
        Self { members, roles }
    }

    /// The entries of a dialog in the order of the roster.
    pub(super) fn details<'m>(&self, dialog: &'m [Member], with_suggested: bool) -> Vec<&'m Member> {
        let place = |member: &Member| {
            let position = self.members.iter().position(|known| is_same(known, member));
            (!member.is_active(), position.unwrap_or(usize::MAX))
        };
        let mut details: Vec<_> =
            dialog.iter().filter(|member| with_suggested || member.is_active()).collect();
        details.sort_by_cached_key(|member| place(member));
        details
    }

    fn of(&self, role: ParticipantRole) -> impl Iterator<Item = Identity> {
        self.members.iter().filter(move |member| member.role == role).map(|member| member.who)
    }

    /// Prints the map from roles to ids, each id by `name`.
    pub(super) fn print<S: Serializer, N: Serialize>(
        &self,
        serializer: S,
        name: impl Fn(Identity) -> N,
    ) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (role, _) in ROLES.iter().zip(self.roles).filter(|(_, is_printed)| *is_printed) {
            map.serialize_entry(role, &self.of(*role).map(&name).collect::<Vec<_>>())?;
        }
        map.end()
    }
}

fn is_same(one: &Member, other: &Member) -> bool {
    one.role == other.role && one.who.pid() == other.who.pid()
}

/// `participants`: ids in the old form.
pub(super) struct OldIds<'a>(pub(super) &'a Roster, pub(super) &'a AccountId);

impl Serialize for OldIds<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.print(serializer, |who| who.aid(self.1))
    }
}

/// `participantsPId`: ids in the new form.
pub(super) struct NewIds<'a>(pub(super) &'a Roster);

impl Serialize for NewIds<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.print(serializer, Identity::pid)
    }
}
