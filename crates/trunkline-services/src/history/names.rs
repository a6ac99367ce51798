//! Names of users and skills, looked up once for each answer.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use trunkline_model::{Transcript, User};
use trunkline_wire::agent::UserRef;
use trunkline_wire::history::UNDEFINED;
use trunkline_wire::{AccountId, AgentId, ParticipantId, SkillId};

use super::History;
use crate::Error;

/// What a conversation without a skill says. Source: spec 08 §2.
const UNASSIGNED: &str = "Unassigned";

/// What kind of user somebody is. Source: spec 08 §2.2 `userType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UserKind {
    /// Part of the platform.
    System,
    /// Somebody with a password only.
    Human,
    /// Somebody who signs in with an API key.
    Bot,
}

/// A user of the account.
struct Named {
    user: Arc<User>,
    has_key: bool,
}

/// The names that an answer needs.
#[derive(Default)]
pub(super) struct Names {
    users: HashMap<AgentId, Option<Named>>,
    skills: HashMap<SkillId, String>,
}

impl Names {
    /// Looks up what a transcript names.
    pub(super) async fn learn(
        &mut self,
        history: &History,
        account: &AccountId,
        transcript: &Transcript,
    ) -> Result<(), Error> {
        let joined = transcript.joined.iter().map(|presence| presence.user);
        let left = transcript.left.iter().map(|presence| presence.user);
        let others = transcript.messages.iter().map(|message| message.event.originator);
        let others = others.chain(transcript.receipts.iter().map(|receipt| receipt.by));
        let others = others.chain(transcript.transfers.iter().filter_map(|transfer| transfer.by));
        let others = others.chain(transcript.skill_changes.iter().filter_map(|change| change.by));
        let others = others.filter_map(|who| match who {
            ParticipantId::Agent(user) => Some(user),
            ParticipantId::Consumer(_) => None,
        });
        for user in joined.chain(left).chain(others).chain(transcript.state.assigned_agent()) {
            if let Entry::Vacant(unknown) = self.users.entry(user) {
                let user = history.users.resolve(account, &UserRef::Pid(user)).await?;
                unknown.insert(match user {
                    Some(user) => {
                        let has_key = !history.storage.user_keys(account, user.id).await?.is_empty();
                        Some(Named { user, has_key })
                    }
                    None => None,
                });
            }
        }
        let skills = transcript.skill_changes.iter().flat_map(|change| [change.from, change.to]);
        let skills = skills.chain([transcript.state.skill]);
        for skill in skills.filter(|skill| *skill != SkillId::UNASSIGNED) {
            if let Entry::Vacant(unknown) = self.skills.entry(skill) {
                let found = history.storage.skill(account, skill).await?;
                // Connectors may name a skill that the account does not have.
                unknown.insert(found.map_or_else(|| UNDEFINED.to_owned(), |skill| skill.name));
            }
        }
        Ok(())
    }

    /// A user, if the account has him.
    pub(super) fn user(&self, user: AgentId) -> Option<&User> {
        self.named(user).map(|named| &*named.user)
    }

    fn named(&self, user: AgentId) -> Option<&Named> {
        self.users.get(&user)?.as_ref()
    }

    /// What kind of user somebody is. The platform's own, such as the bot of surveys, are no users of the account.
    pub(super) fn kind(&self, user: AgentId) -> UserKind {
        match self.named(user) {
            None => UserKind::System,
            Some(Named { has_key: true, .. }) => UserKind::Bot,
            Some(Named { has_key: false, .. }) => UserKind::Human,
        }
    }

    /// A user's number; the id of one whom the account does not have.
    pub(super) fn number(&self, user: AgentId) -> String {
        self.user(user).map_or_else(|| user.to_string(), |user| user.id.to_string())
    }

    /// A user's name.
    pub(super) fn login_name(&self, user: AgentId) -> String {
        self.user(user).map_or_else(|| UNDEFINED.to_owned(), |user| user.login_name.clone())
    }

    /// The id of a consumer, the number of a user.
    pub(super) fn participant(&self, who: ParticipantId) -> String {
        match who {
            ParticipantId::Consumer(consumer) => consumer.to_string(),
            ParticipantId::Agent(user) => self.number(user),
        }
    }

    /// A skill's name.
    pub(super) fn skill(&self, skill: SkillId) -> String {
        self.skills.get(&skill).map_or(UNASSIGNED, String::as_str).to_owned()
    }
}
