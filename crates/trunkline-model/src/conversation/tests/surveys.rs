//! A conversation whose main dialog is closed while a survey is on. Source: spec 05 §4.3, 06 §3.3, 21 §8, §9.

use super::*;
use ParticipantRole::{Agent, AssignedAgent, Reader};

const SURVEY: DialogId = DialogId::Further([9; 16]);

/// Agent 1 answered, the main dialog is closed, bot 7 asks in the survey.
fn in_survey() -> Conversation {
    let mut state = served();
    let at = EpochMillis(NOW.0 + 10);
    let main = &mut state.dialogs[0];
    main.state = DialogState::Closed { at, by: CloseReason::Consumer, cause: None };
    let bot =
        Participant { id: ParticipantId::Agent(agent_id(7)), role: Agent, state: ParticipantState::Active };
    let survey = Dialog {
        id: SURVEY,
        kind: DialogType::PostSurvey,
        participants: vec![main.participants[0], bot],
        state: DialogState::Open,
        created_at: at,
        updated_at: at,
        next_sequence: 0,
        meta_data: None,
        private: PrivateSequences::default(),
    };
    state.dialogs.push(survey);
    state.participants.push(bot);
    state.answer_due = None;
    state.updated_at = at;
    state
}

fn publish_in_survey() -> Command {
    let Command::Publish(main) = publish(text()) else { unreachable!() };
    Command::Publish(Publish { dialog: SURVEY, ..main })
}

#[test]
fn a_survey_waits_for_nobody() {
    let mut state = in_survey();
    assert_eq!(state.needs_agent(), None);
    assert_eq!(state.decide(agent(2), Command::AcceptRing, NOW), Err(Refusal::Closed));
    change(&mut state, agent(7), vec![leave(7, Agent)]);
    assert_eq!(state.needs_agent(), None);
}

#[test]
fn its_bot_and_the_consumer_publish_and_no_answer_is_owed() {
    let mut state = in_survey();
    assert_eq!(run_as(agent(7), &mut state, publish_in_survey(), NOW), Ok(Some(0)));
    assert_eq!(run(&mut state, publish_in_survey(), NOW), Ok(Some(1)));
    assert_eq!(state.answer_due, None);
    assert_eq!(run(&mut state, publish(text()), NOW), Err(Refusal::Closed));
}

/// §8: the agent of the main dialog is a reader inside a survey dialog.
#[test]
fn the_agent_of_the_main_dialog_reads() {
    let mut state = in_survey();
    assert_eq!(state.decide(agent(1), publish_in_survey(), NOW), Err(Refusal::NotParticipant));
    change(&mut state, agent(1), vec![join(1, Reader)]);
    assert_eq!(state.decide(agent(1), publish_in_survey(), NOW), Err(Refusal::ReaderMayNotPublish));
    let all = [(0, ParticipantRole::Consumer), (1, AssignedAgent), (7, Agent), (1, Reader)];
    assert_eq!(participants(&state), all, "those of the main dialog first (22 §1.1)");
}

/// §8: `AGENT` is the survey bot's role, and only there.
#[test]
fn a_survey_bot_joins_as_agent() {
    let mut state = in_survey();
    change(&mut state, agent(8), vec![join(8, Agent)]);
    assert_eq!(run_as(agent(8), &mut state, publish_in_survey(), NOW), Ok(Some(0)));
}

#[test]
fn changes_go_to_the_open_dialog_unless_they_name_one() {
    let mut state = in_survey();
    change(&mut state, agent(2), vec![join(2, Reader)]);
    assert_eq!(state.dialogs[0].participants.len(), 2);
    assert_eq!(state.dialogs[1].participants.len(), 3);
    let main = Membership { agent: agent_id(1), role: AssignedAgent, dialog: Some(DialogId::Main(id())) };
    assert_eq!(refusal(&state, agent(1), vec![FieldChange::Leave(main)]), Refusal::Closed);
}

#[test]
fn the_end_of_the_survey_is_the_end() {
    let close = |actor, dialog| {
        let mut state = in_survey();
        let cause = Some("Completed".to_owned());
        change(&mut state, actor, vec![FieldChange::CloseDialog(CloseDialog { dialog, cause })]);
        state
    };
    let state = close(agent(7), SURVEY);
    let Stage::Closed { reason, .. } = state.stage else { panic!("still open") };
    assert_eq!(reason, CloseReason::Consumer, "who closed the main dialog");
    let DialogState::Closed { cause, by, .. } = &state.dialogs[1].state else { panic!("still open") };
    assert_eq!((cause.as_deref(), *by), (Some("Completed"), CloseReason::Agent));
    let main = FieldChange::CloseDialog(CloseDialog { dialog: DialogId::Main(id()), cause: None });
    assert_eq!(refusal(&in_survey(), agent(7), vec![main]), Refusal::Closed);
}

#[test]
fn a_survey_nobody_answers_ends_by_itself() {
    let mut state = in_survey();
    let quiet_since = state.last_activity();
    let expire = Command::Expire { dialog: Some(SURVEY), quiet_since };
    run_as(Actor::System, &mut state, expire, EpochMillis(NOW.0 + 600_000)).unwrap();
    assert!(!state.is_open());
    assert_eq!(state.close_reason(), Some(CloseReason::Consumer));
    assert_eq!(state.dialogs[1].closed_by(), Some(CloseReason::System));
}
