//! Answers to rings. Source: spec 21 §7.1 `UpdateRingState`, §7.6, §9.

use super::*;

#[test]
fn who_accepts_answers_in_the_dialog_and_the_conversation() {
    let mut state = open();
    run_as(agent(1), &mut state, Command::AcceptRing, NOW).unwrap();
    assert_eq!(participants(&state), [(0, ParticipantRole::Consumer), (1, ParticipantRole::AssignedAgent)]);
    assert_eq!(state.main().participants, state.participants);
    assert_eq!(state.needs_agent(), None);
}

#[test]
fn two_agents_never_accept_the_same_conversation() {
    let mut state = open();
    run_as(agent(1), &mut state, Command::AcceptRing, NOW).unwrap();
    for late in [agent(2), manager(2)] {
        assert_eq!(state.decide(late, Command::AcceptRing, NOW), Err(Refusal::RingLost));
    }
}

/// 23 §6: "a second accept of the same ring must do no harm".
#[test]
fn accepting_twice_changes_nothing() {
    assert_eq!(served().decide(agent(1), Command::AcceptRing, NOW), Ok(Decision::Nothing));
}

/// The proposed agent declined, and the next one is faster than the end of the proposal.
#[test]
fn the_first_who_accepts_settles_a_proposal() {
    let mut state = open();
    change(&mut state, manager(9), vec![suggest(2)]);
    run_as(agent(1), &mut state, Command::AcceptRing, NOW).unwrap();
    assert_eq!((state.assigned_agent(), state.main().suggested_agent()), (Some(agent_id(1)), None));
    assert_eq!(state.decide(agent(2), Command::AcceptRing, NOW), Err(Refusal::RingLost));
    let end = end_suggestion(2);
    assert_eq!(state.decide(Actor::System, end, NOW), Ok(Decision::Nothing));
}

/// While somebody answers, only the proposed agent may take over.
#[test]
fn a_proposal_beside_an_agent_is_for_the_proposed_one_only() {
    let mut state = served();
    change(&mut state, agent(1), vec![suggest(2)]);
    assert_eq!(state.decide(agent(3), Command::AcceptRing, NOW), Err(Refusal::RingLost));
}

#[test]
fn a_closed_conversation_cannot_be_accepted() {
    let mut state = open();
    run(&mut state, update(vec![FieldChange::CloseConversation]), NOW).unwrap();
    assert_eq!(state.decide(agent(1), Command::AcceptRing, NOW), Err(Refusal::Closed));
}

#[test]
fn only_agents_accept() {
    for actor in [consumer(), Actor::System] {
        assert_eq!(open().decide(actor, Command::AcceptRing, NOW), Err(Refusal::NotAllowed));
    }
}

#[test]
fn other_roles_are_kept() {
    let mut state = open();
    change(&mut state, agent(1), vec![join(1, ParticipantRole::Reader)]);
    run_as(agent(1), &mut state, Command::AcceptRing, NOW).unwrap();
    assert_eq!(state.participants.len(), 3);
}

#[test]
fn accepting_names_the_agent_as_the_one_who_changed() {
    let Ok(Decision::Append { change, sequence }) = open().decide(agent(1), Command::AcceptRing, NOW) else {
        panic!("accepting changes the conversation")
    };
    assert_eq!(sequence, None);
    let by = Some(ParticipantId::Agent(agent_id(1)));
    assert_eq!(change.entries[0].body, EntryBody::Changed { by, metadata: None });
}

/// §7.6: "caller `ASSIGNED_AGENT` at once, no ring".
#[test]
fn an_agent_opens_a_conversation_for_a_consumer() {
    let opening = request().decide_for_agent(agent_id(1), id(), NOW);
    assert_eq!(opening.expected_version, 0);
    let state = opening.entries[0].state.as_deref().unwrap();
    assert_eq!(participants(state), [(0, ParticipantRole::Consumer), (1, ParticipantRole::AssignedAgent)]);
    assert_eq!(state.main().participants, state.participants);
    assert_eq!((state.needs_agent(), state.answer_due), (None, None), "nobody asked anything yet");
    let by = Some(ParticipantId::Agent(agent_id(1)));
    assert_eq!(opening.entries[0].body, EntryBody::Changed { by, metadata: None });
}
