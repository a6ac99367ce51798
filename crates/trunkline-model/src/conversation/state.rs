//! The state of a conversation, as it is stored and as commands are decided against it.

use serde::{Deserialize, Serialize};
use trunkline_wire::agent::DelayKind;
use trunkline_wire::conversations::{CloseReason, CsatStatus, ParticipantRole, ParticipantState, TtrType};
use trunkline_wire::{
    AccountId, AppInstallationId, ConsumerId, ConversationId, DialogId, EpochMillis, ExternalConsumerId,
    JsonText, ParticipantId, SkillId,
};

use super::{Automatic, Dialog, DialogState, EntryBody, LogEntry, MessageEvent, RunningSurvey};

/// Everything known about a conversation but its messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id, and that of its main dialog.
    pub id: ConversationId,
    /// The account.
    pub account: AccountId,
    /// The version of the last entry; versions count from 1.
    pub version: u64,
    /// The consumer.
    pub consumer: ConsumerId,
    /// The connector's name for the consumer; `None` when it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_consumer: Option<ExternalConsumerId>,
    /// The app installation that opened it; `None` if no connector did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppInstallationId>,
    /// The skill that should answer.
    pub skill: SkillId,
    /// How soon the brand should answer.
    pub ttr: Ttr,
    /// When the brand owes its next answer; `None` when it owes none. On the wire: `effectiveTTR`, −1 for `None`.
    pub answer_due: Option<EpochMillis>,
    /// Everybody who takes part, consumer first.
    pub participants: Vec<Participant>,
    /// The dialogs, main first.
    pub dialogs: Vec<Dialog>,
    /// Open or closed as a whole.
    pub stage: Stage,
    /// When it was opened.
    pub started_at: EpochMillis,
    /// When anything but its messages last changed; grows with every change. On the wire: `metaDataLastUpdateTs`.
    pub updated_at: EpochMillis,
    /// The consumer's satisfaction, once given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csat: Option<Csat>,
    /// The campaign it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<CampaignInfo>,
    /// `conversationContext` as the connector sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<JsonText>,
    /// `Client-Properties` of the CONVERSATION call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_properties: Option<JsonText>,
    /// The features that the client declared there (spec 05 §8).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// When the assigned agent last left; `None` while there never was one. Since then it waits for another, unless there
    /// is one again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unassigned_at: Option<EpochMillis>,
    /// True until the consumer's first message, in an account where agents are offered nothing before.
    #[serde(rename = "silent", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_silent: bool,
    /// Whether the platform says something in it by itself.
    #[serde(rename = "auto", default, skip_serializing_if = "Automatic::is_off")]
    pub automatic: Automatic,
    /// When an agent was last proposed; `None` before that, and for states from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_at: Option<EpochMillis>,
    /// When its last event was stored; `None` before the first, and for states from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_at: Option<EpochMillis>,
    /// A deadline that an agent set by hand. On the wire: `manualETTR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual_answer_due: Option<EpochMillis>,
    /// The agents' note, never empty. Not for consumers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The topic, never empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Why and until when nobody answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// The survey while it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey: Option<RunningSurvey>,
    /// When its content was erased. Nothing can be done with it since then. The stored name is short: a state never grows by
    /// being erased.
    #[serde(rename = "erased", default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<EpochMillis>,
}

/// Somebody who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Who.
    pub id: ParticipantId,
    /// As what.
    pub role: ParticipantRole,
    /// Taking part, or only suggested.
    pub state: ParticipantState,
}

/// The target for the brand's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ttr {
    /// Its name.
    #[serde(rename = "type")]
    pub kind: TtrType,
    /// Seconds.
    pub seconds: u32,
}

/// A time in which the brand does not answer. Source: spec 06 §3.1, 21 §7.4 `DelayField`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    /// Why.
    #[serde(rename = "type")]
    pub kind: DelayKind,
    /// Its end. On the wire: `tillWhen`.
    pub until: EpochMillis,
}

/// Whether a conversation is open as a whole. Its main dialog may close earlier, while a survey is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "is")]
pub enum Stage {
    /// Some dialog is open.
    Open,
    /// All dialogs are closed and none can open.
    Closed {
        /// When.
        at: EpochMillis,
        /// By whom the main dialog was closed.
        reason: CloseReason,
    },
}

/// The consumer's satisfaction. Source: spec 05 §4.3 `CSATRate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Csat {
    /// 1 (worst) to 5; absent when skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u8>,
    /// Whether the matter was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<bool>,
    /// How far the survey was filled in.
    pub status: CsatStatus,
}

/// The campaign and engagement a conversation came from. Numbers are kept as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignInfo {
    /// The campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// The engagement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<String>,
}

impl Conversation {
    /// True until the whole conversation is closed.
    pub fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// The main dialog.
    pub fn main(&self) -> &Dialog {
        self.dialogs.first().expect("a conversation has its main dialog from the start")
    }

    /// The dialog of this id.
    pub fn dialog(&self, id: DialogId) -> Option<&Dialog> {
        self.dialogs.iter().find(|dialog| dialog.id == id)
    }

    /// Who closed the main dialog, once it is closed.
    pub fn close_reason(&self) -> Option<CloseReason> {
        match self.main().state {
            DialogState::Open => None,
            DialogState::Closed { by, .. } => Some(by),
        }
    }

    /// Takes the entry that follows the state's version into account.
    pub fn apply(&mut self, entry: &LogEntry) {
        if let Some(state) = &entry.state {
            *self = Self::clone(state);
            return;
        }
        self.version = entry.version;
        if let EntryBody::Event(event) = &entry.body {
            self.count(event);
            self.is_silent = self.is_silent_after(event);
            self.event_at = Some(self.event_after(entry.at));
            self.answer_due = self.answer_clock().after(event, entry.at);
            self.hear(event, entry.at);
        }
    }

    /// Takes account of an event in its dialog.
    fn count(&mut self, event: &MessageEvent) {
        if let Some(dialog) = self.dialogs.iter_mut().find(|known| known.id == event.dialog) {
            dialog.next_sequence = event.sequence + 1;
            dialog.private.count(event);
        }
    }

    /// The moment after `updated_at` that is not before `now`: the next value of `metaDataLastUpdateTs`.
    pub(super) fn next_update(&self, now: EpochMillis) -> EpochMillis {
        EpochMillis(now.0.max(self.updated_at.0 + 1))
    }
}
