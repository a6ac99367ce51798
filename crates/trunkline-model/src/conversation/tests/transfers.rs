//! Back to the queue, to a skill, to an agent. Source: spec 21 §7.5.

use super::*;
use ParticipantRole::AssignedAgent;

fn later(seconds: i64) -> EpochMillis {
    EpochMillis(NOW.0 + seconds * 1000)
}

fn states(state: &Conversation) -> Vec<(u128, ParticipantState)> {
    state.main().participants.iter().map(|known| (number(known.id), known.state)).collect()
}

#[test]
fn a_new_conversation_waits_for_its_skill() {
    let need = open().needs_agent().unwrap();
    let expected = Need { skill: SkillId::UNASSIGNED, suggested: None, since: NOW, is_transfer: false };
    assert_eq!(need, expected);
    assert_eq!(served().needs_agent(), None);
}

#[test]
fn leaving_alone_goes_back_to_the_queue_of_the_present_skill() {
    let mut state = served();
    run_as(agent(1), &mut state, update(vec![leave(1, AssignedAgent)]), later(60)).unwrap();
    let need = state.needs_agent().unwrap();
    let expected = Need { skill: SkillId::UNASSIGNED, suggested: None, since: later(60), is_transfer: true };
    assert_eq!(need, expected);
}

#[test]
fn a_transfer_to_a_skill_waits_there() {
    for changes in [[leave(1, AssignedAgent), skill(4242)], [skill(4242), leave(1, AssignedAgent)]] {
        let mut state = served();
        change(&mut state, agent(1), changes.to_vec());
        let need = state.needs_agent().unwrap();
        assert_eq!((need.skill.number(), need.suggested, need.is_transfer), (4242, None, true));
        assert_eq!(participants(&state), [(0, ParticipantRole::Consumer)]);
    }
}

#[test]
fn other_roles_come_and_go_without_a_change_of_place() {
    let mut state = open();
    let reader = ParticipantRole::Reader;
    change(&mut state, agent(3), vec![join(3, reader)]);
    change(&mut state, agent(3), vec![leave(3, reader)]);
    let need = state.needs_agent().unwrap();
    assert_eq!((need.since, need.is_transfer), (NOW, false));
}

/// "Skill without REMOVE while somebody is assigned: only the label changes."
#[test]
fn a_skill_alone_is_a_label_while_somebody_answers() {
    let mut state = served();
    change(&mut state, agent(1), vec![skill(5)]);
    assert_eq!((state.skill.number(), state.needs_agent()), (5, None));
}

#[test]
fn the_skill_of_a_waiting_conversation_keeps_its_place_in_time() {
    let mut state = open();
    change(&mut state, manager(1), vec![skill(5)]);
    let need = state.needs_agent().unwrap();
    assert_eq!((need.skill.number(), need.since, need.is_transfer), (5, NOW, false));
}

/// "the three parts come in any order (both seen)".
#[test]
fn a_transfer_to_an_agent_in_any_order() {
    let parts = [suggest(2), leave(1, AssignedAgent), skill(7)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut state = served();
        change(&mut state, agent(1), order.iter().map(|at| parts[*at].clone()).collect());
        assert_eq!(participants(&state), [(0, ParticipantRole::Consumer)], "not in the lists");
        assert_eq!(states(&state), [(0, ParticipantState::Active), (2, ParticipantState::Suggested)]);
        let need = state.needs_agent().unwrap();
        assert_eq!((need.skill.number(), need.suggested, need.is_transfer), (7, Some(agent_id(2)), true));
    }
}

/// Decided: `SUGGEST` without `Skill` keeps the skill.
#[test]
fn a_suggestion_without_a_skill_keeps_the_skill() {
    let mut state = served();
    change(&mut state, agent(1), vec![skill(3)]);
    change(&mut state, agent(1), vec![leave(1, AssignedAgent), suggest(2)]);
    assert_eq!(state.needs_agent().unwrap().skill.number(), 3);
}

#[test]
fn the_suggested_agent_accepts_and_is_in_all_lists() {
    let mut state = served();
    change(&mut state, agent(1), vec![leave(1, AssignedAgent), suggest(2)]);
    run_as(agent(2), &mut state, Command::AcceptRing, later(90)).unwrap();
    assert_eq!(states(&state), [(0, ParticipantState::Active), (2, ParticipantState::Active)]);
    assert_eq!(participants(&state), [(0, ParticipantRole::Consumer), (2, AssignedAgent)]);
    assert_eq!(state.needs_agent(), None);
}

/// "SUGGEST without REMOVE: present agent stays active until the target accepts, then is removed."
#[test]
fn the_present_agent_stays_until_the_suggested_one_accepts() {
    let mut state = served();
    change(&mut state, agent(1), vec![suggest(2)]);
    assert_eq!(state.assigned_agent(), Some(agent_id(1)));
    let expected = [
        (0, ParticipantState::Active),
        (1, ParticipantState::Active), // 22 §1.1: the active one first
        (2, ParticipantState::Suggested),
    ];
    assert_eq!(states(&state), expected);
    assert_eq!(state.needs_agent().unwrap().suggested, Some(agent_id(2)));
    run_as(agent(2), &mut state, Command::AcceptRing, later(90)).unwrap();
    assert_eq!(participants(&state), [(0, ParticipantRole::Consumer), (2, AssignedAgent)]);
}

/// "Reject or expiry → suggestion removed, task continues by skill."
#[test]
fn an_ended_suggestion_leaves_the_conversation_to_its_skill() {
    for actor in [Actor::System, manager(5), agent(2)] {
        let mut state = served();
        change(&mut state, agent(1), vec![leave(1, AssignedAgent), suggest(2), skill(7)]);
        run_as(actor, &mut state, end_suggestion(2), later(90)).unwrap();
        let need = state.needs_agent().unwrap();
        assert_eq!((need.skill.number(), need.suggested, need.since), (7, None, later(60)));
        assert_eq!(states(&state), [(0, ParticipantState::Active)]);
    }
}

#[test]
fn an_ended_suggestion_leaves_the_present_agent_alone() {
    let mut state = served();
    change(&mut state, agent(1), vec![suggest(2)]);
    run_as(Actor::System, &mut state, end_suggestion(2), later(90)).unwrap();
    assert_eq!((state.assigned_agent(), state.needs_agent()), (Some(agent_id(1)), None));
}

#[test]
fn only_those_concerned_end_a_suggestion() {
    let mut state = served();
    change(&mut state, agent(1), vec![suggest(2)]);
    let end = end_suggestion(2);
    for actor in [agent(1), agent(3), consumer()] {
        assert_eq!(state.decide(actor, end.clone(), NOW), Err(Refusal::NotAllowed));
    }
    let other = end_suggestion(3);
    assert_eq!(state.decide(Actor::System, other, NOW), Ok(Decision::Nothing));
}

#[test]
fn a_new_suggestion_replaces_the_old_one() {
    let mut state = served();
    change(&mut state, agent(1), vec![suggest(2)]);
    change(&mut state, agent(1), vec![suggest(3)]);
    assert_eq!(state.main().suggested_agent(), Some(agent_id(3)));
    assert_eq!(state.main().participants.len(), 3);
}

/// Whoever proposed the agent again was told that it is done: what ended is the proposal before.
#[test]
fn a_suggestion_that_is_made_again_while_it_ends_is_made_anew() {
    let mut state = served();
    change(&mut state, agent(1), vec![suggest(2)]);
    let ended = Command::EndSuggestion { agent: agent_id(2), until: state.updated_at };
    change(&mut state, agent(1), vec![suggest(2)]);
    let Ok(Decision::Append { change, .. }) = state.decide(Actor::System, ended, later(90)) else {
        panic!("the proposal before is taken back")
    };
    let suggested: Vec<_> =
        change.entries.iter().map(|entry| entry.state.as_ref().unwrap().main().suggested_agent()).collect();
    assert_eq!(suggested, [None, Some(agent_id(2))], "routing sees one end and another begin");
    let known = Command::EndSuggestion { agent: agent_id(2), until: state.updated_at };
    run_as(Actor::System, &mut state, known, later(90)).unwrap();
    assert_eq!(state.main().suggested_agent(), None);
}

#[test]
fn who_answers_already_needs_no_suggestion() {
    let same = served().decide(agent(1), update(vec![suggest(1)]), NOW);
    assert_eq!(same, Ok(Decision::Nothing));
}

#[test]
fn a_waiting_conversation_can_be_directed_by_a_manager() {
    let mut state = open();
    change(&mut state, manager(9), vec![suggest(2)]);
    let need = state.needs_agent().unwrap();
    assert_eq!((need.suggested, need.since, need.is_transfer), (Some(agent_id(2)), NOW, true));
    assert_eq!(refusal(&open(), agent(1), vec![suggest(2)]), Refusal::NotParticipant);
}

#[test]
fn joining_by_oneself_settles_a_suggestion() {
    for number in [2, 3] {
        let mut state = served();
        change(&mut state, agent(1), vec![leave(1, AssignedAgent), suggest(2)]);
        change(&mut state, agent(number), vec![join(number, AssignedAgent)]);
        assert_eq!(state.main().suggested_agent(), None);
        assert_eq!(state.needs_agent(), None);
    }
}

#[test]
fn a_close_ends_suggestions() {
    let mut state = served();
    change(&mut state, agent(1), vec![suggest(2)]);
    change(&mut state, agent(1), vec![FieldChange::CloseConversation]);
    assert_eq!(states(&state), [(0, ParticipantState::Active), (1, ParticipantState::Active)]);
    assert_eq!(state.needs_agent(), None);
}
