//! `ParticipantsChange`: who takes part as what. Source: spec 21 §7.4, §7.5.

use crate::agent::UserRef;
use crate::agent::body::{Body, Broken};
use crate::conversations::ParticipantRole;

/// A user enters or leaves a role, or is proposed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantsChange {
    /// What happens.
    pub change: ParticipantChange,
    /// The role.
    pub role: ParticipantRole,
    /// Who; `None` for the caller.
    pub user: Option<UserRef>,
}

/// What happens to a user and a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParticipantChange {
    /// Joins dialog and conversation in that role.
    Add,
    /// Leaves that role.
    Remove,
    /// Is asked to take the conversation over: a direct transfer. The role is `ASSIGNED_AGENT`, the user is named.
    Suggest,
}

impl ParticipantsChange {
    pub(super) fn read(body: &Body) -> Result<Self, Broken> {
        let user = body.user("userId")?;
        let role = body.word("role", ParticipantRole::parse)?;
        let change = match body.text("type", 16)? {
            Some("ADD") => ParticipantChange::Add,
            Some("REMOVE") => ParticipantChange::Remove,
            Some("SUGGEST") => ParticipantChange::Suggest,
            Some("UPDATE") => return Err(Broken::new("ParticipantsChange does not know the type UPDATE")),
            _ => return Err(Broken::new("type of ParticipantsChange must be ADD, REMOVE or SUGGEST")),
        };
        let role = match (change, role) {
            (ParticipantChange::Suggest, None | Some(ParticipantRole::AssignedAgent)) => {
                ParticipantRole::AssignedAgent
            }
            (ParticipantChange::Suggest, Some(_)) => {
                return Err(Broken::new("SUGGEST is for the role ASSIGNED_AGENT"));
            }
            (_, Some(ParticipantRole::Consumer)) => {
                return Err(Broken::new("a conversation keeps its one consumer"));
            }
            (_, Some(role)) => role,
            (_, None) => return Err(Broken::new("role is missing")),
        };
        if change == ParticipantChange::Suggest && user.is_none() {
            return Err(Broken::new("SUGGEST needs a userId"));
        }
        Ok(Self { change, role, user })
    }
}
