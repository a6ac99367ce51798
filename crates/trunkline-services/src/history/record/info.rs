//! `info`: the conversation as a whole. Source: spec 08 §2.2.

use trunkline_model::Transcript;
use trunkline_model::conversation::{Conversation, Dialog, DialogState, Stage};
use trunkline_wire::conversations::CloseReason;
use trunkline_wire::history::{Info, ResponseTime, UNDEFINED};
use trunkline_wire::json::JsValue;
use trunkline_wire::{EpochMillis, JsonText, ParticipantId};

use super::Source;

const OPEN: &str = "OPEN";
const CLOSE: &str = "CLOSE";

/// What stands for the group of a user; there are none.
pub(super) const NO_GROUP: (i64, &str) = (-1, "Unassigned");

/// Where a conversation came from: `AGENT` when a user of the account opened it, otherwise `APP`. No client says more.
pub(in crate::history) fn source_of(transcript: &Transcript) -> &'static str {
    if matches!(transcript.opened_by, Some(ParticipantId::Agent(_))) { "AGENT" } else { "APP" }
}

impl Source<'_> {
    pub(super) fn info(&self) -> Info {
        let state = &*self.transcript.state;
        let main = state.main();
        let (closed_at, ended_at) = (closed_at(main), ended_at(state));
        let latest_agent = self.transcript.latest_agent();
        let undefined = || UNDEFINED.to_owned();
        let agent = latest_agent.map_or_else(undefined, |user| self.names.login_name(user));
        let client = Json::of(state.client_properties.as_ref());
        let context = Json::of(state.context.as_ref());
        let (group_id, group_name) = NO_GROUP;
        let until = closed_at.unwrap_or(self.now);
        let mut info = Info {
            start_time: String::new(),
            start_time_l: state.started_at,
            end_time: String::new(),
            end_time_l: EpochMillis(-1),
            full_dialog_end_time: String::new(),
            full_dialog_end_time_l: EpochMillis(-1),
            duration: until.0.saturating_sub(state.started_at.0).max(0),
            conversation_id: state.id,
            brand_id: state.account.clone(),
            latest_agent_id: latest_agent.map_or_else(undefined, |user| self.names.number(user)),
            latest_agent_login_name: agent.clone(),
            latest_agent_nickname: agent.clone(),
            latest_agent_full_name: agent,
            agent_deleted: false,
            latest_agent_group_id: group_id,
            latest_agent_group_name: group_name.to_owned(),
            latest_skill_id: state.skill.number(),
            latest_skill_name: self.names.skill(state.skill),
            source: source_of(self.transcript).to_owned(),
            close_reason: closer(state.close_reason()),
            close_reason_description: close_reason_description(main),
            status: word(closed_at.is_none()),
            full_dialog_status: word(state.is_open()),
            first_conversation: self.is_first,
            csat_rate: state.csat.and_then(|csat| csat.rate),
            device: client.text("deviceFamily").unwrap_or_else(undefined),
            browser: client.text("browser").unwrap_or_else(undefined),
            operating_system: client.text("os").unwrap_or_else(undefined),
            latest_queue_state: queue_state(state).to_owned(),
            is_partial: self.is_partial,
            visitor_id: context.text("visitorId"),
            session_id: context.text("sessionId"),
            interaction_context_id: context.text("interactionContextId"),
            language: context.text("lang"),
            features: Some(state.features.clone()).filter(|features| !features.is_empty()),
            time_zone: client.text("timeZone"),
            integration: client.text("integration"),
            integration_version: client.text("integrationVersion"),
            app_id: client.text("appId"),
            ip_address: client.text("ipAddress"),
        };
        info.set_times(state.started_at, closed_at, ended_at);
        info
    }

    pub(super) fn response_time(&self) -> ResponseTime {
        let state = &self.transcript.state;
        ResponseTime {
            latest_effective_response_due_time: state.answer_due.unwrap_or(EpochMillis(-1)),
            configured_response_time: i64::from(state.ttr.seconds) * 1000,
        }
    }

    /// Who did something; `"undefined"` for the platform.
    pub(super) fn by(&self, who: Option<ParticipantId>) -> String {
        who.map_or_else(|| UNDEFINED.to_owned(), |who| self.names.participant(who))
    }
}

pub(super) fn word(is_open: bool) -> String {
    let word = if is_open { OPEN } else { CLOSE };
    word.to_owned()
}

/// Whether somebody answers, or did when it was closed.
fn queue_state(state: &Conversation) -> &'static str {
    if state.assigned_agent().is_some() { "ACTIVE" } else { "IN_QUEUE" }
}

pub(super) fn closed_at(dialog: &Dialog) -> Option<EpochMillis> {
    match dialog.state {
        DialogState::Open => None,
        DialogState::Closed { at, .. } => Some(at),
    }
}

fn ended_at(state: &Conversation) -> Option<EpochMillis> {
    match state.stage {
        Stage::Open => None,
        Stage::Closed { at, .. } => Some(at),
    }
}

/// Who closed something.
pub(super) fn closer(by: Option<CloseReason>) -> String {
    by.map_or(UNDEFINED, CloseReason::as_str).to_owned()
}

/// Why a dialog was closed: in the words of who closed it; without any, that somebody did it, or that time did.
pub(super) fn close_reason_description(dialog: &Dialog) -> String {
    let text = match &dialog.state {
        DialogState::Closed { cause: Some(cause), .. } => cause.as_str(),
        DialogState::Closed { by: CloseReason::Consumer | CloseReason::Agent, .. } => "MANUAL_CLOSE",
        DialogState::Closed { by: CloseReason::Timeout, .. } => "TIMEOUT",
        DialogState::Closed { .. } | DialogState::Open => UNDEFINED,
    };
    text.to_owned()
}

/// An object that a client sent, which may hold anything.
struct Json(Option<JsValue>);

impl Json {
    fn of(text: Option<&JsonText>) -> Self {
        Self(text.and_then(|text| JsValue::parse(text.as_str()).ok()))
    }

    /// A member that is text or a whole number, and not empty.
    fn text(&self, name: &str) -> Option<String> {
        let value = self.0.as_ref()?.as_object()?.get(name)?;
        let text = match value.as_integer() {
            Some(number) => number.to_string(),
            None => value.as_text()?.to_owned(),
        };
        Some(text).filter(|text| !text.is_empty())
    }
}
