//! Commands to a conversation.

use trunkline_wire::conversations::event::Event;
use trunkline_wire::conversations::{Audience, ParticipantRole};
use trunkline_wire::{AgentId, ConversationId, DialogId, EpochMillis, JsonText, SkillId};

use super::{Csat, Delay, SurveyOffer, Ttr};

/// Something to do with an existing conversation.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Publishes an event into a dialog.
    Publish(Publish),
    /// Changes fields of the conversation, all or none, in order.
    Update {
        /// The changes.
        changes: Vec<FieldChange>,
        /// `metadata` of the request.
        metadata: Option<JsonText>,
        /// The survey that follows if the main dialog is closed by [`FieldChange::CloseDialog`].
        survey: Option<SurveyOffer>,
    },
    /// The caller takes the conversation that rang: becomes its assigned agent. Source: spec 21 §7.1 `UpdateRingState`.
    AcceptRing,
    /// Takes a suggestion back, because the agent did not want it or did not answer. Nothing happens when there is none.
    /// For the platform, managers and the agent. Source: spec 21 §7.5.
    EndSuggestion {
        /// The suggested agent.
        agent: AgentId,
    },
    /// Closes a dialog, or everything, after a time without activity. Nothing happens when there was some in the meantime.
    /// For the platform. Source: spec 05 §4.3 "Auto-close".
    Expire {
        /// The dialog; `None` for the conversation.
        dialog: Option<DialogId>,
        /// The latest activity that the decision to close knew of.
        quiet_since: EpochMillis,
    },
}

/// `ms.PublishEvent`. Source: spec 05 §4.1, 21 §7.3.
#[derive(Debug, Clone, PartialEq)]
pub struct Publish {
    /// The dialog.
    pub dialog: DialogId,
    /// The conversation the caller believes the dialog to be in, if it said so.
    pub conversation: Option<ConversationId>,
    /// The event.
    pub event: Event,
    /// `metadata` of the request.
    pub metadata: Option<JsonText>,
    /// `encodedMetadata` of the request: opaque.
    pub encoded_metadata: Option<Box<str>>,
    /// Who may read it. What a consumer says here counts as [`Audience::All`] (spec 24 §3.6).
    pub audience: Audience,
}

/// One change of `cm.UpdateConversationField`. Source: spec 05 §4.3, 21 §7.4.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldChange {
    /// `ConversationStateField` or `Stage` with `CLOSE`: closes the conversation and every dialog, without a survey.
    CloseConversation,
    /// `DialogChange` with state `CLOSE`. Only this close of the main dialog is followed by a survey.
    CloseDialog(CloseDialog),
    /// `DialogChange` without a state: the request's `metadata` belongs to this dialog. It stays with the log entry; the
    /// dialog shows the change as its time of update.
    AttachMetadata(DialogId),
    /// `CSATRate`. For the consumer.
    Csat(Csat),
    /// `TTRField`.
    Ttr(Ttr),
    /// `ParticipantsChange` with `ADD`. For the brand's side, like all that follow.
    Join(Membership),
    /// `ParticipantsChange` with `REMOVE`.
    Leave(Membership),
    /// `ParticipantsChange` with `SUGGEST` and role `ASSIGNED_AGENT`: proposes a transfer.
    Suggest {
        /// Whom.
        agent: AgentId,
        /// Where; `None` for the open dialog.
        dialog: Option<DialogId>,
    },
    /// `Skill`.
    Skill(SkillId),
    /// `ManualETTR`: a deadline set by hand; `None` clears it. It stands beside the computed one.
    ManualAnswerDue(Option<EpochMillis>),
    /// `Note`: replaces the note; empty clears it. Also after the close.
    Note(String),
    /// `TopicField`: replaces the topic; empty clears it.
    Topic(String),
    /// `DelayField`; `None` clears it.
    Delay(Option<Delay>),
}

/// Somebody in a role of a dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// Who.
    pub agent: AgentId,
    /// As what.
    pub role: ParticipantRole,
    /// Where; `None` for the open dialog.
    pub dialog: Option<DialogId>,
}

/// Which dialog to close and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseDialog {
    /// The dialog.
    pub dialog: DialogId,
    /// The reason in words.
    pub cause: Option<String>,
}
