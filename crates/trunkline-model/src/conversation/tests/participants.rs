//! Joining and leaving. Source: spec 21 §7.4, §8.

use super::*;
use ParticipantRole::{Agent, AgentManager, AssignedAgent, AssignedManager, Controller, Manager, Reader};

#[test]
fn who_joins_is_in_the_dialog_and_in_the_conversation() {
    let mut state = open();
    change(&mut state, agent(1), vec![join(1, AssignedAgent)]);
    assert_eq!(participants(&state), [(0, ParticipantRole::Consumer), (1, AssignedAgent)]);
    assert_eq!(state.main().participants, state.participants);
    assert_eq!(state.assigned_agent(), Some(agent_id(1)));
    assert_eq!(state.main().updated_at, state.updated_at);
}

/// Rule 1: "active participant for everything except ADD of himself".
#[test]
fn anybody_may_join_by_oneself() {
    for role in [AssignedAgent, Reader] {
        let mut state = open();
        change(&mut state, agent(4), vec![join(4, role)]);
        assert!(participants(&state).contains(&(4, role)));
    }
}

#[test]
fn nobody_may_be_added_by_a_stranger() {
    assert_eq!(refusal(&open(), agent(1), vec![join(2, Reader)]), Refusal::NotParticipant);
    let mut state = open();
    change(&mut state, manager(1), vec![join(2, Reader)]);
    assert_eq!(participants(&state).last(), Some(&(2, Reader)));
}

#[test]
fn who_joins_may_go_on_in_the_same_request() {
    let mut state = open();
    change(&mut state, agent(1), vec![join(1, AssignedAgent), skill(7)]);
    assert_eq!(state.skill.number(), 7);
    assert_eq!(refusal(&open(), agent(1), vec![skill(7), join(1, AssignedAgent)]), Refusal::NotParticipant);
}

/// Rule 4: "ADD of a role already held: 200, no change".
#[test]
fn joining_twice_changes_nothing() {
    let state = served();
    let again = state.decide(agent(1), update(vec![join(1, AssignedAgent)]), NOW);
    assert_eq!(again, Ok(Decision::Nothing));
}

/// Rule 3.
#[test]
fn a_second_assigned_agent_is_refused() {
    for actor in [agent(1), agent(2), manager(2)] {
        assert_eq!(refusal(&served(), actor, vec![join(2, AssignedAgent)]), Refusal::AlreadyAssigned);
    }
}

/// Rule 3: "unless a REMOVE stands earlier in the same request"; "Manager take-over = REMOVE + ADD".
#[test]
fn a_manager_takes_over() {
    let mut state = served();
    change(&mut state, manager(9), vec![leave(1, AssignedAgent), join(9, AssignedAgent)]);
    assert_eq!(state.assigned_agent(), Some(agent_id(9)));
    assert_eq!(participants(&state), [(0, ParticipantRole::Consumer), (9, AssignedAgent)]);
    assert_eq!(state.needs_agent(), None);
    let wrong_order = vec![join(9, AssignedAgent), leave(1, AssignedAgent)];
    assert_eq!(refusal(&served(), manager(9), wrong_order), Refusal::AlreadyAssigned);
}

/// Rule 2, with the text of issue #127.
#[test]
fn who_is_not_there_cannot_leave() {
    let state = served();
    for changes in [
        vec![leave(2, AssignedAgent)],
        vec![leave(1, Reader)],
        vec![leave(1, ParticipantRole::Consumer)],
        vec![skill(3), leave(1, AssignedAgent), leave(1, AssignedAgent)],
    ] {
        assert_eq!(refusal(&state, agent(1), changes), Refusal::NotInConversation);
    }
    assert_eq!(refusal(&open(), manager(1), vec![leave(1, AssignedAgent)]), Refusal::NotInConversation);
    assert_eq!(Refusal::NotInConversation.to_string(), "Agent does not exist in conversation");
}

/// A suggested agent does not hold the role yet.
#[test]
fn who_is_only_suggested_cannot_leave() {
    let mut state = served();
    change(&mut state, agent(1), vec![suggest(2)]);
    assert_eq!(refusal(&state, agent(1), vec![leave(2, AssignedAgent)]), Refusal::NotInConversation);
}

#[test]
fn one_role_of_several_is_left() {
    let mut state = served();
    change(&mut state, agent(1), vec![join(1, Reader)]);
    change(&mut state, agent(1), vec![leave(1, AssignedAgent)]);
    assert_eq!(participants(&state), [(0, ParticipantRole::Consumer), (1, Reader)]);
}

/// §8: managers join as `MANAGER`; the survey's bot is an `AGENT` inside a survey only; two names occur in webhook
/// documents only; there is exactly one consumer.
#[test]
fn roles_have_their_rules() {
    let cases = [
        (agent(2), Manager, Some(Refusal::NotAllowed)),
        (agent(2), Controller, Some(Refusal::NotAllowed)),
        (agent(2), Agent, Some(Refusal::IllegalRole)),
        (manager(2), Manager, None),
        (manager(2), Controller, None),
        (manager(2), Reader, None),
        (manager(2), Agent, Some(Refusal::IllegalRole)),
        (manager(2), AgentManager, Some(Refusal::IllegalRole)),
        (manager(2), AssignedManager, Some(Refusal::IllegalRole)),
        (manager(2), ParticipantRole::Consumer, Some(Refusal::IllegalRole)),
        (Actor::System, Controller, None),
    ];
    for (actor, role, expected) in cases {
        let outcome = served().decide(actor, update(vec![join(2, role)]), NOW);
        assert_eq!(outcome.err(), expected, "{actor:?} {role:?}");
    }
}

#[test]
fn any_number_of_managers_may_join() {
    let mut state = served();
    for number in 10..30 {
        change(&mut state, manager(number), vec![join(number, Manager)]);
    }
    assert_eq!(state.participants.len(), 22);
}

#[test]
fn a_dialog_is_full_some_day() {
    let mut state = open();
    let readers = (1..Conversation::MAX_PARTICIPANTS as u128).map(|number| join(number, Reader));
    change(&mut state, manager(1), readers.collect());
    assert_eq!(state.main().participants.len(), Conversation::MAX_PARTICIPANTS);
    assert_eq!(refusal(&state, manager(1), vec![join(1, Manager)]), Refusal::Full);
    assert_eq!(refusal(&state, manager(1), vec![suggest(1)]), Refusal::Full);
    assert_eq!(state.decide(agent(1), Command::AcceptRing, NOW), Err(Refusal::Full));
}

#[test]
fn a_named_dialog_must_be_there() {
    let elsewhere = Membership { agent: agent_id(1), role: Reader, dialog: Some(DialogId::Further([3; 16])) };
    assert_eq!(refusal(&open(), agent(1), vec![FieldChange::Join(elsewhere)]), Refusal::UnknownDialog);
    let main = Membership { dialog: Some(DialogId::Main(id())), ..elsewhere };
    let mut state = open();
    change(&mut state, agent(1), vec![FieldChange::Join(main)]);
    assert!(participants(&state).contains(&(1, Reader)));
}

/// "All changes of one request apply atomically, in order; validate first, apply all or none."
#[test]
fn a_refused_list_changes_nothing() {
    let state = served();
    let changes = vec![leave(1, AssignedAgent), skill(9), leave(7, Manager)];
    assert_eq!(refusal(&state, agent(1), changes), Refusal::NotInConversation);
    assert_eq!((state.assigned_agent(), state.skill), (Some(agent_id(1)), SkillId::UNASSIGNED));
}
