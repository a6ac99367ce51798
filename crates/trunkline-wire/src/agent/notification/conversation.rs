//! A conversation as agents of version 2 get it. Source: spec 22 §1.1.

mod context;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::roster::{NewIds, OldIds, Roster};
use super::{FlatEvent, ForAgents, Member, Rendered, ShownClientProperties};
use crate::agent::identity::OldForm;
use crate::agent::{AgentVersion, Delay, Identity};
use crate::conversations::{CloseReason, DialogType, ParticipantRole, ParticipantState};
use crate::webhooks::{ClosedDialog, Csat, Ttr};
use crate::{AccountId, ConversationId, DialogId, EpochMillis, JsonText, SkillId};
use context::Context;

/// The complete state of a conversation, as after the change that is told.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentConversation<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// The conversation.
    pub conversation: ConversationId,
    /// `effectiveTTR`: when the brand owes its next answer; −1 on the wire when it owes none.
    pub answer_due: Option<EpochMillis>,
    /// The skill that should answer.
    pub skill: SkillId,
    /// Everybody who takes part, in any order; those only proposed are left out.
    pub participants: Vec<Member>,
    /// The dialogs, main first.
    pub dialogs: Vec<AgentDialog<'a>>,
    /// `state` and `closeReason`: who closed the main dialog, once it is closed.
    pub close_reason: Option<CloseReason>,
    /// `startTs`.
    pub started_at: EpochMillis,
    /// `stage` and `endTs`: when the whole conversation was closed.
    pub ended_at: Option<EpochMillis>,
    /// `metaDataLastUpdateTs`: grows with every change, clients go by it.
    pub updated_at: EpochMillis,
    /// `firstConversation`: the consumer had none before.
    pub is_first: bool,
    /// `ttr`.
    pub ttr: Ttr,
    /// `delay`.
    pub delay: Option<Delay>,
    /// `manualETTR`.
    pub manual_answer_due: Option<EpochMillis>,
    /// `csat` and `csatRate`, once given.
    pub csat: Option<Csat>,
    /// `note`; may be empty.
    pub note: &'a str,
    /// `topic`.
    pub topic: Option<&'a str>,
    /// `conversationContext` of the request that opened it.
    pub context: Option<&'a JsonText>,
    /// What the consumer's client said about itself; printed inside `context`.
    pub client_properties: Option<&'a ShownClientProperties>,
    /// `lastContentEventNotification`.
    pub last_content: Option<FlatEvent<'a>>,
    /// `numberOfunreadMessages`; left out without any.
    pub unread: &'a [(Identity, u64)],
    /// `lastUpdateTime`: when anything at all happened last.
    pub touched_at: Option<EpochMillis>,
}

/// A dialog of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentDialog<'a> {
    /// Its id.
    pub id: DialogId,
    /// `participantsDetails`: everybody who takes part in it or was proposed to, in any order.
    pub participants: Vec<Member>,
    /// `dialogType`.
    pub kind: DialogType,
    /// `metaData`, such as the app that runs a survey.
    pub meta_data: Option<&'a JsonText>,
    /// `creationTs`.
    pub created_at: EpochMillis,
    /// `state` and what goes with it, once it is closed.
    pub closed: Option<ClosedDialog<'a>>,
    /// `metaDataLastUpdateTs`.
    pub updated_at: EpochMillis,
}

impl AgentConversation<'_> {
    /// True if sockets of different versions are told different things.
    pub fn depends_on_version(&self) -> bool {
        let mut members = self.dialogs.iter().flat_map(|dialog| &dialog.participants);
        members.any(|member| member.state == ParticipantState::Suggested)
    }
}

impl Rendered<ForAgents> {
    /// Prints it for sockets of this version.
    pub fn of(conversation: &AgentConversation<'_>, version: AgentVersion) -> Self {
        Self::print(&Outcome { conversation, version })
    }
}

/// The brand owes no answer. Source: spec 22 §1.1.
const NOTHING_DUE: EpochMillis = EpochMillis(-1);

const fn open_or_close(is_closed: bool) -> &'static str {
    if is_closed { "CLOSE" } else { "OPEN" }
}

/// `result`.
struct Outcome<'a> {
    conversation: &'a AgentConversation<'a>,
    version: AgentVersion,
}

impl Serialize for Outcome<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let conversation = self.conversation;
        let dialogs = conversation.dialogs.iter().map(|dialog| dialog.participants.as_slice());
        let roster = Roster::new(&conversation.participants, dialogs);

        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("convId", &conversation.conversation)?;
        members.serialize_entry("effectiveTTR", &conversation.answer_due.unwrap_or(NOTHING_DUE))?;
        members.serialize_entry("conversationDetails", &details(conversation, &roster, self.version))?;
        if let Some(event) = &conversation.last_content {
            members.serialize_entry("lastContentEventNotification", event)?;
        }
        if !conversation.unread.is_empty() {
            members.serialize_entry("numberOfunreadMessages", &Unread(conversation))?;
        }
        if let Some(at) = conversation.touched_at {
            members.serialize_entry("lastUpdateTime", &at)?;
        }
        members.end()
    }
}

/// `numberOfunreadMessages`.
struct Unread<'a>(&'a AgentConversation<'a>);

impl Serialize for Unread<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.unread.iter().map(|(who, count)| (who.aid(self.0.account), count)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    conv_id: ConversationId,
    skill_id: SkillId,
    brand_id: &'a AccountId,
    participants: OldIds<'a>,
    #[serde(rename = "participantsPId")]
    participants_pid: NewIds<'a>,
    dialogs: Vec<DialogDetails<'a>>,
    state: &'static str,
    stage: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    close_reason: Option<CloseReason>,
    start_ts: EpochMillis,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_ts: Option<EpochMillis>,
    meta_data_last_update_ts: EpochMillis,
    first_conversation: bool,
    ttr: Ttr,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<Delay>,
    #[serde(rename = "manualETTR", skip_serializing_if = "Option::is_none")]
    manual_ettr: Option<EpochMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    csat: Option<Csat>,
    note: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
    csat_rate: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    csat_resolution_confirmation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context<'a>>,
    #[serde(rename = "conversationHandlerDetails")]
    handler: Handler<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Handler<'a> {
    account_id: &'a AccountId,
    skill_id: SkillId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DialogDetails<'a> {
    dialog_id: DialogId,
    participants_details: Vec<ParticipantDetails<'a>>,
    dialog_type: DialogType,
    channel_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta_data: Option<&'a JsonText>,
    state: &'static str,
    creation_ts: EpochMillis,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_ts: Option<EpochMillis>,
    meta_data_last_update_ts: EpochMillis,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_by: Option<CloseReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_cause: Option<&'a str>,
}

#[derive(Serialize)]
struct ParticipantDetails<'a> {
    id: OldForm<'a>,
    role: ParticipantRole,
    state: ParticipantState,
}

fn details<'a>(
    conversation: &'a AgentConversation<'a>,
    roster: &'a Roster,
    version: AgentVersion,
) -> Details<'a> {
    let with_suggested = version == AgentVersion::V2Dot1;
    let dialog = |dialog: &'a AgentDialog<'a>| {
        let participants = roster.details(&dialog.participants, with_suggested);
        dialog_details(dialog, &participants, conversation.account)
    };
    Details {
        conv_id: conversation.conversation,
        skill_id: conversation.skill,
        brand_id: conversation.account,
        participants: OldIds(roster, conversation.account),
        participants_pid: NewIds(roster),
        dialogs: conversation.dialogs.iter().map(dialog).collect(),
        state: open_or_close(conversation.close_reason.is_some()),
        stage: open_or_close(conversation.ended_at.is_some()),
        close_reason: conversation.close_reason,
        start_ts: conversation.started_at,
        end_ts: conversation.ended_at,
        meta_data_last_update_ts: conversation.updated_at,
        first_conversation: conversation.is_first,
        ttr: conversation.ttr,
        delay: conversation.delay,
        manual_ettr: conversation.manual_answer_due,
        csat: conversation.csat,
        note: conversation.note,
        topic: conversation.topic,
        csat_rate: conversation.csat.and_then(|csat| csat.rate).unwrap_or(0),
        csat_resolution_confirmation: conversation.csat.and_then(|csat| csat.resolved),
        context: Context::of(conversation.context, conversation.client_properties),
        handler: Handler { account_id: conversation.account, skill_id: conversation.skill },
    }
}

fn dialog_details<'a>(
    dialog: &'a AgentDialog<'a>,
    participants: &[&Member],
    account: &'a AccountId,
) -> DialogDetails<'a> {
    let details = |member: &&Member| ParticipantDetails {
        id: member.who.aid(account),
        role: member.role,
        state: member.state,
    };
    DialogDetails {
        dialog_id: dialog.id,
        participants_details: participants.iter().map(details).collect(),
        dialog_type: dialog.kind,
        channel_type: "MESSAGING",
        meta_data: dialog.meta_data,
        state: open_or_close(dialog.closed.is_some()),
        creation_ts: dialog.created_at,
        end_ts: dialog.closed.map(|closed| closed.at),
        meta_data_last_update_ts: dialog.updated_at,
        closed_by: dialog.closed.map(|closed| closed.by),
        closed_cause: dialog.closed.and_then(|closed| closed.cause),
    }
}
