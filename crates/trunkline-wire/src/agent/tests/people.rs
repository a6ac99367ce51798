//! Those who appear in the documented examples.

use crate::agent::{AgentConversation, AgentDialog, FlatEvent, Identity, Member};
use crate::conversations::{Audience, DialogType, ParticipantRole, ParticipantState, TtrType};
use crate::webhooks::{Numbered, Ttr};
use crate::{
    AccountId, AgentId, ConsumerId, ConversationId, DialogId, EpochMillis, JsonText, SkillId, UserId,
};

pub(super) const CONVERSATION: &str = "220d3639-ae23-4c90-83e8-455e3bb2cf13";
pub(super) const PID: &str = "393c6873-756d-54af-86e1-8795d57eba14";
/// The consumer of the examples; ours are 64 hex digits (spec 04 §4), so [`compact`] replaces it.
pub(super) const THEIR_CONSUMER: &str = "d51ce914-97ad-4544-a686-8335b61dcdf3";

pub(super) fn account() -> AccountId {
    AccountId::parse("1234567").unwrap()
}

pub(super) fn conversation() -> ConversationId {
    ConversationId::parse(CONVERSATION).unwrap()
}

pub(super) fn main_dialog() -> DialogId {
    DialogId::Main(conversation())
}

pub(super) fn consumer_id() -> ConsumerId {
    ConsumerId::from_bytes([0xd5; 32])
}

pub(super) fn consumer() -> Identity {
    Identity::Consumer(consumer_id())
}

pub(super) fn agent() -> Identity {
    Identity::Agent { pid: AgentId::parse(PID).unwrap(), user: Some(UserId::from_number(282_467_514)) }
}

pub(super) fn active(who: Identity, role: ParticipantRole) -> Member {
    Member { who, role, state: ParticipantState::Active }
}

pub(super) fn json(text: &str) -> JsonText {
    JsonText::normalise(text).unwrap()
}

/// An example without its white space, and with our consumer in the place of theirs.
pub(super) fn compact(example: &str) -> String {
    json(example).as_str().replace(THEIR_CONSUMER, &consumer_id().to_string())
}

/// The agent's event of the examples.
pub(super) fn flat<'a>(account: &'a AccountId, event: &'a JsonText) -> FlatEvent<'a> {
    FlatEvent {
        account,
        numbered: Some(Numbered { sequence: 10, server_timestamp: EpochMillis(1_700_002_351_775) }),
        originator: agent(),
        role: ParticipantRole::AssignedAgent,
        client_properties: None,
        event,
        conversation: conversation(),
        dialog: main_dialog(),
        metadata: None,
        encoded_metadata: None,
        audience: Some(Audience::All),
    }
}

/// The conversation of the examples, without what may be left out.
pub(super) fn open(account: &AccountId) -> AgentConversation<'_> {
    let both =
        vec![active(consumer(), ParticipantRole::Consumer), active(agent(), ParticipantRole::AssignedAgent)];
    AgentConversation {
        account,
        conversation: conversation(),
        answer_due: Some(EpochMillis(1_700_003_663_585)),
        skill: SkillId::UNASSIGNED,
        participants: both.clone(),
        dialogs: vec![AgentDialog {
            id: main_dialog(),
            participants: both,
            kind: DialogType::Main,
            meta_data: None,
            created_at: EpochMillis(1_700_000_063_585),
            closed: None,
            updated_at: EpochMillis(1_700_000_196_220),
        }],
        close_reason: None,
        started_at: EpochMillis(1_700_000_063_585),
        ended_at: None,
        updated_at: EpochMillis(1_700_000_196_220),
        is_first: false,
        ttr: Ttr { kind: TtrType::Normal, seconds: 3600 },
        delay: None,
        manual_answer_due: None,
        csat: None,
        note: "",
        topic: None,
        context: None,
        client_properties: None,
        last_content: None,
        unread: &[],
        touched_at: None,
    }
}
