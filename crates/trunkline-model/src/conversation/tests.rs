//! The rules of conversations, from spec 05 §4.3, §5, §6, 06 §3.1 and 21 §7.3 – §9.

mod auto;
mod erasure;
mod fields;
mod matrix;
mod participants;
mod publishing;
mod random;
mod rings;
mod stored_states;
mod survey_bot;
mod surveys;
mod transfers;

use trunkline_wire::conversations::event::Event;
use trunkline_wire::conversations::{
    Audience, CloseReason, CsatStatus, DialogType, ParticipantRole, ParticipantState, TtrType,
};
use trunkline_wire::json::JsValue;
use trunkline_wire::{
    AccountId, AgentId, ConsumerId, ConversationId, DialogId, EpochMillis, ExternalConsumerId, JsonText,
    ParticipantId, SkillId,
};
use uuid::Uuid;

use super::*;

const NOW: EpochMillis = EpochMillis(1_700_000_000_000);
const ID: &str = "b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57";

fn id() -> ConversationId {
    ConversationId::parse(ID).unwrap()
}

fn consumer() -> Actor {
    Actor::Consumer(ParticipantId::Consumer(ConsumerId::from_bytes([7; 32])))
}

fn agent_id(number: u128) -> AgentId {
    AgentId::from_uuid(Uuid::from_u128(number))
}

/// An agent without privilege.
fn agent(number: u128) -> Actor {
    Actor::Agent { id: agent_id(number), manager: false }
}

fn manager(number: u128) -> Actor {
    Actor::Agent { id: agent_id(number), manager: true }
}

fn request() -> OpenConversation {
    OpenConversation {
        account: AccountId::parse("10020030").unwrap(),
        consumer: ConsumerId::from_bytes([7; 32]),
        external_consumer: ExternalConsumerId::parse("crm-4711").unwrap(),
        app: None,
        skill: SkillId::UNASSIGNED,
        ttr: Ttr { kind: TtrType::Prioritized, seconds: 600 },
        campaign: None,
        context: None,
        client_properties: None,
        features: Vec::new(),
    }
}

fn open() -> Conversation {
    let change = request().decide(id(), NOW);
    assert_eq!(change.expected_version, 0);
    Conversation::clone(change.entries[0].state.as_ref().unwrap())
}

fn event(text: &str) -> Event {
    Event::from_js(JsValue::parse(text).unwrap()).unwrap()
}

fn text() -> Event {
    event(r#"{"type":"ContentEvent","contentType":"text/plain","message":"hi"}"#)
}

fn receipt() -> Event {
    event(r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[0]}"#)
}

fn typing() -> Event {
    event(r#"{"type":"ChatStateEvent","chatState":"COMPOSING"}"#)
}

fn publish(event: Event) -> Command {
    let dialog = DialogId::Main(id());
    Command::Publish(Publish {
        dialog,
        conversation: None,
        event,
        metadata: None,
        encoded_metadata: None,
        audience: Audience::All,
    })
}

fn update(changes: Vec<FieldChange>) -> Command {
    Command::Update { changes, metadata: None, survey: None }
}

/// Decides and applies for the consumer; returns the sequence of a published event.
fn run(state: &mut Conversation, command: Command, now: EpochMillis) -> Result<Option<u64>, Refusal> {
    run_as(consumer(), state, command, now)
}

/// Decides and applies; returns the sequence of a published event.
fn run_as(
    actor: Actor,
    state: &mut Conversation,
    command: Command,
    now: EpochMillis,
) -> Result<Option<u64>, Refusal> {
    match state.decide(actor, command, now)? {
        Decision::Append { change, sequence } => {
            assert_eq!(change.expected_version, state.version);
            for entry in &change.entries {
                assert_eq!(entry.version, state.version + 1, "versions have no gaps");
                state.apply(entry);
            }
            Ok(sequence)
        }
        Decision::Pass(_) | Decision::Nothing => Ok(None),
    }
}

/// Applies changes that must be possible, one minute after the opening.
fn change(state: &mut Conversation, actor: Actor, changes: Vec<FieldChange>) {
    run_as(actor, state, update(changes), EpochMillis(NOW.0 + 60_000)).unwrap();
}

/// What the changes are refused with.
fn refusal(state: &Conversation, actor: Actor, changes: Vec<FieldChange>) -> Refusal {
    state.decide(actor, update(changes), NOW).unwrap_err()
}

fn join(number: u128, role: ParticipantRole) -> FieldChange {
    FieldChange::Join(Membership { agent: agent_id(number), role, dialog: None })
}

fn leave(number: u128, role: ParticipantRole) -> FieldChange {
    FieldChange::Leave(Membership { agent: agent_id(number), role, dialog: None })
}

/// Takes back whatever proposal there is.
fn end_suggestion(number: u128) -> Command {
    Command::EndSuggestion { agent: agent_id(number), until: EpochMillis(i64::MAX) }
}

fn suggest(number: u128) -> FieldChange {
    FieldChange::Suggest { agent: agent_id(number), dialog: None }
}

fn skill(number: i64) -> FieldChange {
    FieldChange::Skill(SkillId::from_number(number).unwrap())
}

/// Agent 1 is assigned.
fn served() -> Conversation {
    let mut state = open();
    run_as(agent(1), &mut state, Command::AcceptRing, NOW).unwrap();
    state
}

/// Everybody in the lists of the conversation, in order, with consumers as 0.
fn participants(state: &Conversation) -> Vec<(u128, ParticipantRole)> {
    state.participants.iter().map(|known| (number(known.id), known.role)).collect()
}

fn number(id: ParticipantId) -> u128 {
    match id {
        ParticipantId::Consumer(_) => 0,
        ParticipantId::Agent(agent) => agent.as_uuid().as_u128(),
    }
}

fn close_main() -> FieldChange {
    FieldChange::CloseDialog(CloseDialog {
        dialog: Some(DialogId::Main(id())),
        cause: Some("Closed by consumer".to_owned()),
    })
}

#[test]
fn a_new_conversation_is_open_and_owes_an_answer() {
    let state = open();
    assert!(state.is_open() && state.main().is_open());
    assert_eq!(state.main().id, DialogId::Main(id()));
    assert_eq!(state.answer_due, Some(EpochMillis(NOW.0 + 600_000)));
    assert_eq!(state.version, 1);
}

#[test]
fn text_and_receipts_are_numbered_and_typing_is_not() {
    let mut state = open();
    assert_eq!(run(&mut state, publish(text()), NOW), Ok(Some(0)));
    assert_eq!(run(&mut state, publish(typing()), NOW), Ok(None));
    assert_eq!(run(&mut state, publish(receipt()), NOW), Ok(Some(1)));
    assert_eq!(run(&mut state, publish(text()), NOW), Ok(Some(2)));
    assert_eq!(state.version, 4);
}

#[test]
fn unanswered_messages_do_not_restart_the_clock() {
    let mut state = open();
    run(&mut state, publish(text()), EpochMillis(NOW.0 + 60_000)).unwrap();
    assert_eq!(state.answer_due, Some(EpochMillis(NOW.0 + 600_000)));
}

#[test]
fn a_new_target_keeps_the_start_of_the_clock() {
    let mut state = open();
    let urgent = FieldChange::Ttr(Ttr { kind: TtrType::Urgent, seconds: 300 });
    run(&mut state, update(vec![urgent]), EpochMillis(NOW.0 + 1000)).unwrap();
    assert_eq!(state.answer_due, Some(EpochMillis(NOW.0 + 300_000)));
    assert_eq!(state.ttr.kind, TtrType::Urgent);
}

#[test]
fn closing_closes_every_dialog_and_nothing_is_owed() {
    for change in [FieldChange::CloseConversation, close_main()] {
        let mut state = open();
        let at = EpochMillis(NOW.0 + 5);
        run(&mut state, update(vec![change]), at).unwrap();
        assert_eq!(state.stage, Stage::Closed { at, reason: CloseReason::Consumer });
        assert!(!state.main().is_open());
        assert_eq!(state.answer_due, None);
    }
}

#[test]
fn the_given_cause_is_kept_with_the_dialog() {
    let mut state = open();
    run(&mut state, update(vec![close_main()]), NOW).unwrap();
    let DialogState::Closed { cause, by, .. } = &state.main().state else { panic!("still open") };
    assert_eq!((cause.as_deref(), *by), (Some("Closed by consumer"), CloseReason::Consumer));
}

#[test]
fn a_closed_conversation_takes_nothing_but_satisfaction() {
    let mut state = open();
    run(&mut state, update(vec![FieldChange::CloseConversation]), NOW).unwrap();
    for command in [
        publish(text()),
        publish(receipt()),
        publish(typing()),
        update(vec![FieldChange::CloseConversation]),
        update(vec![close_main()]),
        update(vec![FieldChange::Ttr(Ttr { kind: TtrType::Urgent, seconds: 1 })]),
    ] {
        assert_eq!(run(&mut state, command, NOW), Err(Refusal::Closed));
    }
    let csat = Csat { rate: Some(5), resolved: Some(true), status: CsatStatus::Filled };
    run(&mut state, update(vec![FieldChange::Csat(csat)]), NOW).unwrap();
    assert_eq!(state.csat, Some(csat));
    assert!(!state.is_open());
}

#[test]
fn changes_apply_all_or_none() {
    let state = open();
    let unknown =
        FieldChange::CloseDialog(CloseDialog { dialog: Some(DialogId::Further([1; 16])), cause: None });
    let csat = FieldChange::Csat(Csat { rate: Some(1), resolved: None, status: CsatStatus::Filled });
    let refused = state.decide(consumer(), update(vec![csat, unknown]), NOW);
    assert_eq!(refused, Err(Refusal::UnknownDialog));
}

#[test]
fn strangers_and_foreign_dialogs_are_refused() {
    let state = open();
    let stranger = Actor::Consumer(ParticipantId::Consumer(ConsumerId::from_bytes([8; 32])));
    assert_eq!(state.decide(stranger, publish(text()), NOW), Err(Refusal::NotParticipant));
    let Command::Publish(mut foreign) = publish(text()) else { unreachable!() };
    foreign.conversation = Some(ConversationId::parse(&ID.replace('b', "c")).unwrap());
    assert_eq!(state.decide(consumer(), Command::Publish(foreign), NOW), Err(Refusal::WrongConversation));
}

#[test]
fn the_update_time_grows_even_when_the_clock_stands() {
    let mut state = open();
    let mut last = state.updated_at;
    for seconds in 1..5 {
        run(&mut state, update(vec![FieldChange::Ttr(Ttr { kind: TtrType::Custom, seconds })]), NOW).unwrap();
        assert!(state.updated_at > last);
        last = state.updated_at;
    }
}

#[test]
fn an_update_that_changes_nothing_writes_nothing() {
    let state = open();
    let same = FieldChange::Ttr(state.ttr);
    assert_eq!(state.decide(consumer(), update(vec![same]), NOW), Ok(Decision::Nothing));
}

#[test]
fn every_64th_version_carries_the_state() {
    let mut state = open();
    for _ in 0..200 {
        let Decision::Append { change, .. } = state.decide(consumer(), publish(text()), NOW).unwrap() else {
            panic!("text is stored")
        };
        let entry = &change.entries[0];
        assert_eq!(entry.state.is_some(), entry.version % LogEntry::STATE_EVERY == 0);
        let mut replayed = state.clone();
        replayed.apply(&LogEntry { state: None, ..entry.clone() });
        state.apply(entry);
        assert_eq!(state, replayed, "the state in the entry is what replay gives");
    }
}

/// 21 §9: an account may want agents to be rung "once its first message exists".
#[test]
fn only_what_the_consumer_says_ends_the_silence() {
    let change = request().decide_silent(id(), NOW);
    let mut state = Conversation::clone(change.entries[0].state.as_deref().unwrap());
    assert!(state.is_silent && !open().is_silent);
    let stored = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<Conversation>(&stored).unwrap(), state);
    run(&mut state, publish(receipt()), NOW).unwrap();
    assert!(state.is_silent, "a receipt is no message");
    run(&mut state, publish(text()), NOW).unwrap();
    assert!(!state.is_silent);
}
