//! The model as agents' sockets see it. Source: spec 22 §1.1, §4.

use std::collections::HashMap;

use trunkline_model::conversation::{
    Conversation, Dialog, EntryBody, MessageEvent, Participant, Stage, TailEntry,
};
use trunkline_wire::agent::{
    AgentConversation, AgentDialog, AgentVersion, Delay, FlatEvent, ForAgents, Identity, Member, Rendered,
    ShownClientProperties,
};
use trunkline_wire::conversations::Audience;
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::webhooks::{Csat, Numbered, Ttr};
use trunkline_wire::{AccountId, AgentId, ConversationId, ParticipantId, UserId};

use crate::closing::closing;

/// The numbers of users by their new id, as far as known: what the old form of an id is made of.
pub(super) type Numbers = HashMap<AgentId, Option<UserId>>;

/// Both names of somebody.
pub(super) fn identity(id: ParticipantId, numbers: &Numbers) -> Identity {
    match id {
        ParticipantId::Consumer(consumer) => Identity::Consumer(consumer),
        ParticipantId::Agent(pid) => Identity::Agent { pid, user: numbers.get(&pid).copied().flatten() },
    }
}

/// Everybody on the brand's side who is named in a state.
pub(super) fn agents_of(state: &Conversation) -> impl Iterator<Item = AgentId> + '_ {
    let everybody = state.dialogs.iter().flat_map(|dialog| &dialog.participants).chain(&state.participants);
    everybody.filter_map(|participant| match participant.id {
        ParticipantId::Agent(agent) => Some(agent),
        ParticipantId::Consumer(_) => None,
    })
}

/// A conversation for sockets of a version.
pub(super) fn conversation(
    state: &Conversation,
    numbers: &Numbers,
    version: AgentVersion,
) -> Rendered<ForAgents> {
    let properties = state.client_properties.as_ref().and_then(ShownClientProperties::of);
    let view = AgentConversation {
        account: &state.account,
        conversation: state.id,
        answer_due: state.answer_due.filter(|_| state.close_reason().is_none()),
        skill: state.skill,
        participants: members(&state.participants, numbers),
        dialogs: state.dialogs.iter().map(|known| dialog(known, numbers)).collect(),
        close_reason: state.close_reason(),
        started_at: state.started_at,
        ended_at: match state.stage {
            Stage::Open => None,
            Stage::Closed { at, .. } => Some(at),
        },
        updated_at: state.updated_at,
        is_first: false,
        ttr: Ttr { kind: state.ttr.kind, seconds: state.ttr.seconds },
        delay: state.delay.map(|delay| Delay { kind: delay.kind, until: delay.until }),
        manual_answer_due: state.manual_answer_due,
        csat: state.csat.map(|csat| Csat { rate: csat.rate, resolved: csat.resolved, status: csat.status }),
        note: state.note.as_deref().unwrap_or_default(),
        topic: state.topic.as_deref(),
        context: state.context.as_ref(),
        client_properties: properties.as_ref(),
        last_content: None,
        unread: &[],
        touched_at: Some(state.last_activity()),
    };
    Rendered::<ForAgents>::of(&view, version)
}

fn dialog<'a>(dialog: &'a Dialog, numbers: &Numbers) -> AgentDialog<'a> {
    AgentDialog {
        id: dialog.id,
        participants: members(&dialog.participants, numbers),
        kind: dialog.kind,
        meta_data: dialog.meta_data.as_ref(),
        created_at: dialog.created_at,
        closed: closing(dialog),
        updated_at: dialog.updated_at,
    }
}

fn members(participants: &[Participant], numbers: &Numbers) -> Vec<Member> {
    participants
        .iter()
        .map(|participant| Member {
            who: identity(participant.id, numbers),
            role: participant.role,
            state: participant.state,
        })
        .collect()
}

/// A stored event; `None` for entries that are none.
pub(super) fn event<'a>(entry: &'a TailEntry, numbers: &Numbers) -> Option<FlatEvent<'a>> {
    match &entry.entry.body {
        EntryBody::Event(event) => {
            let numbered = Numbered { sequence: event.sequence, server_timestamp: entry.entry.at };
            Some(flat(&entry.account, entry.conversation, event, Some(numbered), numbers))
        }
        EntryBody::Changed { .. } => None,
    }
}

/// An event, stored or passed on.
pub(super) fn flat<'a>(
    account: &'a AccountId,
    conversation: ConversationId,
    event: &'a MessageEvent,
    numbered: Option<Numbered>,
    numbers: &Numbers,
) -> FlatEvent<'a> {
    let is_content = matches!(event.kind, EventKind::Content | EventKind::RichContent);
    FlatEvent {
        account,
        numbered,
        originator: identity(event.originator, numbers),
        role: event.role,
        client_properties: None,
        event: &event.event,
        conversation,
        dialog: event.dialog,
        metadata: event.metadata.as_ref(),
        encoded_metadata: event.encoded_metadata.as_deref(),
        audience: (is_content || event.audience != Audience::All).then_some(event.audience),
    }
}
