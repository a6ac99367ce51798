//! The state of a conversation as connectors and consumers see it. Source: spec 06 §3.1 – §3.3.

use trunkline_model::conversation::{Conversation, Dialog, Participant, Stage};
use trunkline_wire::agent::Delay;
use trunkline_wire::conversations::{CloseReason, ParticipantRole, ParticipantState};
use trunkline_wire::webhooks::{self as wire, ConversationChange};

use crate::closing::closing;

/// The complete state.
pub(crate) fn change(state: &Conversation) -> ConversationChange<'_> {
    let close_reason = state.close_reason();
    let mut participants = active(&state.participants);
    // The one who answers leads, as the documented closing shows; those of a dialog stay in the order in which they came.
    participants.sort_by_key(|participant| participant.role != ParticipantRole::AssignedAgent);
    ConversationChange {
        conversation: state.id,
        // Once its main part is over nobody waits for an answer, survey or not.
        answer_due: state.answer_due.filter(|_| close_reason.is_none()),
        skill: state.skill,
        participants,
        dialogs: state.dialogs.iter().map(dialog).collect(),
        account: &state.account,
        close_reason: close_reason.map(told),
        started_at: state.started_at,
        ended_at: match state.stage {
            Stage::Open => None,
            Stage::Closed { at, .. } => Some(at),
        },
        updated_at: state.updated_at,
        ttr: wire::Ttr { kind: state.ttr.kind, seconds: state.ttr.seconds },
        delay: state.delay.map(|delay| Delay { kind: delay.kind, until: delay.until }),
        csat: state.csat.map(|csat| wire::Csat {
            rate: csat.rate,
            resolved: csat.resolved,
            status: csat.status,
        }),
        manual_answer_due: state.manual_answer_due,
    }
}

/// Connectors know of no time-outs: those are the platform's doing. Source: spec 06 §3.1 `closeReason`.
fn told(reason: CloseReason) -> CloseReason {
    match reason {
        CloseReason::Timeout => CloseReason::System,
        other => other,
    }
}

fn dialog(dialog: &Dialog) -> wire::Dialog<'_> {
    wire::Dialog {
        id: dialog.id,
        participants: active(&dialog.participants),
        kind: dialog.kind,
        meta_data: dialog.meta_data.as_ref(),
        created_at: dialog.created_at,
        closed: closing(dialog),
        updated_at: dialog.updated_at,
    }
}

/// Those who take part. Somebody a transfer only proposes would look like one of them here, where no state is told.
fn active(participants: &[Participant]) -> Vec<wire::Participant> {
    participants
        .iter()
        .filter(|participant| participant.state == ParticipantState::Active)
        .map(|participant| wire::Participant { id: participant.id, role: participant.role })
        .collect()
}
