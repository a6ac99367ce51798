//! Conversations that are proposed to one agent. Source: spec 21 §7.5.

use Availability::{Away, Occupied, Online};

use super::*;

/// Agent 1 answers conversation 7, agents 2 and 3 are free.
fn served() -> Desk {
    let mut desk = Desk::new();
    for number in 1..=3 {
        desk.online(number, &[]);
    }
    desk.open(7, -1);
    desk.accept(1, 7).unwrap();
    desk
}

#[test]
fn only_the_proposed_agent_rings() {
    let mut desk = served();
    assert_eq!(desk.update(7, vec![leave(1), suggest(3)]), waiting(3, 7));
    assert_eq!(desk.accept(3, 7).unwrap(), [(3, 7, RingState::Accepted)]);
    assert_eq!(desk.conversations[&7].assigned_agent(), Some(agent_id(3)));
    assert_eq!(desk.ended_proposals(), []);
}

#[test]
fn the_present_agent_stays_until_the_proposed_one_accepts() {
    let mut desk = served();
    assert_eq!(desk.update(7, vec![suggest(3)]), waiting(3, 7));
    assert_eq!(desk.accept(3, 7).unwrap(), [(3, 7, RingState::Accepted)]);
    assert_eq!(desk.follow(7), []);
    assert_eq!(desk.routing.agents[&agent_id(1)].conversations, 0);
}

/// "Reject or expiry → suggestion removed, task continues by skill."
#[test]
fn a_declined_proposal_goes_on_by_skill() {
    for state in [RingState::Rejected, RingState::Expired] {
        let mut desk = served();
        desk.update(7, vec![leave(1), suggest(3)]);
        let steps = if state == RingState::Rejected { desk.reject(3, 7).unwrap() } else { desk.wait(72_000) };
        assert_eq!(steps, [(3, 7, state), (2, 7, RingState::Waiting)]);
        assert_eq!(desk.ended_proposals(), [(7, 3)]);
        assert_eq!(desk.follow(7), [], "the state still has the proposal");
        assert_eq!(desk.end_proposal(7, 3), []);
        assert_eq!(desk.accept(2, 7).unwrap(), [(2, 7, RingState::Accepted)]);
    }
}

/// Software answers at once; the proposal is still in the conversation.
#[test]
fn the_next_agent_may_be_faster_than_the_end_of_the_proposal() {
    let mut desk = served();
    desk.update(7, vec![leave(1), suggest(3)]);
    desk.reject(3, 7).unwrap();
    assert_eq!(desk.accept(2, 7).unwrap(), [(2, 7, RingState::Accepted)]);
    // Proposed once more before the log was read: this one is new.
    let actor = Actor::Agent { id: agent_id(2), manager: false };
    let again = Command::Update { changes: vec![leave(2), suggest(3)], metadata: None, survey: None };
    desk.command(7, actor, again).unwrap();
    assert_eq!(desk.follow(7), waiting(3, 7));
}

#[test]
fn who_declined_a_proposal_is_not_asked_again_at_once() {
    let mut desk = Desk::new();
    desk.online(3, &[]);
    desk.open(7, -1);
    desk.update(7, vec![suggest(3)]);
    assert_eq!(desk.reject(3, 7).unwrap(), [(3, 7, RingState::Rejected)]);
    desk.end_proposal(7, 3);
    assert_eq!(desk.wait(5000), waiting(3, 7));
}

#[test]
fn a_declined_proposal_leaves_the_present_agent_alone() {
    let mut desk = served();
    desk.update(7, vec![suggest(3)]);
    assert_eq!(desk.reject(3, 7).unwrap(), [(3, 7, RingState::Rejected)]);
    assert_eq!((desk.ended_proposals(), desk.routing.waiting()), (vec![(7, 3)], 0));
    assert_eq!(desk.follow(7), [], "the state still has the proposal");
    assert_eq!(desk.end_proposal(7, 3), []);
    assert_eq!(desk.update(7, vec![suggest(3)]), waiting(3, 7), "he may be asked again");
}

#[test]
fn a_proposal_waits_for_room() {
    let mut desk = served();
    desk.agent(3, &[], Some(1));
    desk.open(8, -1);
    desk.update(8, vec![join(3)]);
    assert_eq!(desk.update(7, vec![leave(1), suggest(3)]), []);
    desk.open(9, -1);
    assert_eq!(desk.close(8), waiting(3, 7));
}

#[test]
fn a_proposal_without_room_ends_with_the_time_of_a_ring() {
    let mut desk = served();
    desk.agent(3, &[], Some(0));
    assert_eq!(desk.update(7, vec![leave(1), suggest(3)]), []);
    assert_eq!(desk.wait(71_999), []);
    assert_eq!(desk.wait(1), waiting(2, 7));
    assert_eq!(desk.ended_proposals(), [(7, 3)]);
}

#[test]
fn a_proposal_to_somebody_who_is_not_there_waits_as_long() {
    let mut desk = served();
    assert_eq!(desk.update(7, vec![leave(1), suggest(9)]), []);
    assert_eq!(desk.wait(71_000), []);
    assert_eq!(desk.online(9, &[]), waiting(9, 7), "he came back after a restart");
}

#[test]
fn who_goes_away_ends_his_proposals() {
    for is_ringing in [true, false] {
        let mut desk = served();
        if !is_ringing {
            desk.agent(3, &[], Some(0));
        }
        desk.update(7, vec![leave(1), suggest(3)]);
        let mut expected = vec![(3, 7, RingState::Cancelled)];
        expected.retain(|_| is_ringing);
        expected.push((2, 7, RingState::Waiting));
        assert_eq!(desk.set(3, Away), expected);
        assert_eq!(desk.ended_proposals(), [(7, 3)]);
    }
}

#[test]
fn the_occupied_take_proposals() {
    let mut desk = served();
    desk.set(3, Occupied);
    assert_eq!(desk.update(7, vec![leave(1), suggest(3)]), waiting(3, 7));
    assert_eq!(desk.open(8, -1), waiting(2, 8));
}

#[test]
fn a_new_conversation_can_be_proposed() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.agent(2, &[], None);
    desk.set(2, Occupied);
    desk.open(7, -1);
    let steps = desk.update(7, vec![suggest(2)]);
    assert_eq!(steps, [(1, 7, RingState::Cancelled), (2, 7, RingState::Waiting)]);
    assert_eq!(desk.reject(2, 7).unwrap(), [(2, 7, RingState::Rejected), (1, 7, RingState::Waiting)]);
    // Taken back, it is new again: nobody who is occupied gets it.
    desk.end_proposal(7, 2);
    desk.online(3, &[]);
    desk.set(3, Occupied);
    assert_eq!(desk.reject(1, 7).unwrap(), [(1, 7, RingState::Rejected)]);
}

#[test]
fn another_proposal_replaces_the_first() {
    let mut desk = served();
    desk.update(7, vec![leave(1), suggest(3)]);
    let steps = desk.update(7, vec![suggest(2)]);
    assert_eq!(steps, [(3, 7, RingState::Cancelled), (2, 7, RingState::Waiting)]);
    assert_eq!(desk.ended_proposals(), [], "the conversation forgot it by itself");
}

#[test]
fn a_proposal_that_is_taken_back_goes_on_by_skill() {
    let mut desk = served();
    desk.update(7, vec![leave(1), suggest(3)]);
    let steps = desk.end_proposal(7, 3);
    assert_eq!(steps[0], (3, 7, RingState::Cancelled));
    assert_eq!(steps.len(), 2);
}

#[test]
fn who_may_be_proposed() {
    let mut desk = Desk::new();
    desk.agent(1, &[5], Some(0));
    let may = |desk: &Desk, skill| desk.routing.may_be_suggested(agent_id(1), skill_id(skill));
    assert!(!may(&desk, 5), "OFFLINE");
    desk.set(1, Occupied);
    assert!(may(&desk, 5) && may(&desk, -1) && !may(&desk, 6));
    desk.set(1, Online);
    assert!(may(&desk, 5));
    desk.gone(1);
    assert!(!may(&desk, 5));
}
