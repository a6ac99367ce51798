//! Who took part. Source: spec 08 §2.2.

use trunkline_model::Role;
use trunkline_model::conversation::Dialog;
use trunkline_model::transcript::Presence;
use trunkline_wire::history::{AgentParticipant, ConsumerParticipant, UNDEFINED, time_text};
use trunkline_wire::json::{JsValue, Members};

use super::info::NO_GROUP;
use super::{Source, context_data};
use crate::history::names::UserKind;

impl Source<'_> {
    pub(super) fn participants<'p>(
        &self,
        presences: impl Iterator<Item = &'p Presence>,
    ) -> Vec<AgentParticipant> {
        presences.map(|presence| self.participant(presence)).collect()
    }

    fn participant(&self, presence: &Presence) -> AgentParticipant {
        let name = self.names.login_name(presence.user);
        let role = self.names.user(presence.user).map_or(UNDEFINED, |user| role(user.role));
        let (agent_group_id, group_name) = NO_GROUP;
        let (user_type, user_type_name) = kind(self.names.kind(presence.user));
        AgentParticipant {
            agent_full_name: name.clone(),
            agent_nickname: name.clone(),
            agent_login_name: name,
            agent_deleted: false,
            agent_id: self.names.number(presence.user),
            agent_pid: presence.user,
            role: role.to_owned(),
            user_type: user_type.to_owned(),
            user_type_name: user_type_name.to_owned(),
            agent_group_name: group_name.to_owned(),
            agent_group_id,
            time: time_text(presence.at),
            time_l: presence.at,
            permission: presence.role,
            dialog_id: presence.dialog.to_string(),
            context_data: context_data(presence.metadata.as_ref()),
        }
    }

    /// The consumer, once for each dialog.
    pub(super) fn consumers(&self) -> Vec<ConsumerParticipant> {
        let profile = self.profile.and_then(|profile| JsValue::parse(profile.profile.as_str()).ok());
        let empty = Members::default();
        let profile = profile.as_ref().and_then(JsValue::as_object).unwrap_or(&empty);
        self.transcript.state.dialogs.iter().map(|dialog| self.consumer(profile, dialog)).collect()
    }

    fn consumer(&self, profile: &Members, dialog: &Dialog) -> ConsumerParticipant {
        let private = profile.get("privateData").and_then(JsValue::as_object);
        let private = |name| private.and_then(|private| text(private, name));
        let or_undefined = |text: Option<String>| text.unwrap_or_else(|| UNDEFINED.to_owned());
        let first_name = text(profile, "firstName");
        let updated_at = self.profile.map_or(dialog.created_at, |profile| profile.updated_at);
        ConsumerParticipant {
            participant_id: self.transcript.state.consumer,
            last_name: or_undefined(text(profile, "lastName")),
            // Where messages of an operating system are sent to is nobody's business here.
            token: UNDEFINED.to_owned(),
            email: or_undefined(private("mail").or_else(|| private("email"))),
            phone: or_undefined(private("mobileNum")),
            avatar_url: or_undefined(text(profile, "avatarUrl")),
            time: time_text(updated_at),
            time_l: updated_at,
            join_time: time_text(dialog.created_at),
            join_time_l: dialog.created_at,
            consumer_name: or_undefined(first_name.clone()),
            first_name: or_undefined(first_name),
            dialog_id: dialog.id.to_string(),
        }
    }
}

/// `userType` and `userTypeName`. Source: spec 08 §2.2.
const fn kind(kind: UserKind) -> (&'static str, &'static str) {
    match kind {
        UserKind::System => ("0", "System"),
        UserKind::Human => ("1", "Human"),
        UserKind::Bot => ("2", "Bot"),
    }
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Agent => "AGENT",
        Role::Manager => "MANAGER",
        Role::Admin => "ADMIN",
    }
}

/// A member that is text and not empty.
fn text(members: &Members, name: &str) -> Option<String> {
    members.get(name).and_then(JsValue::as_text).filter(|text| !text.is_empty()).map(str::to_owned)
}
