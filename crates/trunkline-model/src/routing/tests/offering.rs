//! Who is rung for what. Source: spec 21 §7.1, §9; issue 4: least loaded first, then longest idle.

use Availability::{Away, BackSoon, Occupied, Offline, Online};

use super::*;

#[test]
fn a_conversation_rings_at_an_agent_who_is_online() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    assert_eq!(desk.open(7, -1), waiting(1, 7));
    let RingNotice { task, ring, .. } = desk.last_notice();
    assert!(!task.is_completed);
    assert_eq!(ring.id.as_str(), format!("{}_1234567_{}", conversation_id(7), desk.now.0));
    assert_eq!(ring.expiration.as_millis(), 72_000);
    assert_eq!(ring.expires_at, EpochMillis(desk.now.0 + 72_000));
    assert_eq!(ring.answer_due, Some(EpochMillis(desk.now.0 + 1_200_000)));
}

#[test]
fn a_conversation_waits_for_an_agent_to_come() {
    let mut desk = Desk::new();
    assert_eq!(desk.open(7, -1), []);
    assert_eq!(desk.agent(1, &[], None), [], "who is new is OFFLINE");
    assert_eq!(desk.set(1, Online), waiting(1, 7));
}

/// 21 §7.1: `ONLINE` rings for new conversations and transfers; `OCCUPIED` and `BACK_SOON` only for transfers; `AWAY` and
/// `OFFLINE` no rings.
#[test]
fn availability_decides_what_rings() {
    for (availability, new, transfer) in [
        (Online, true, true),
        (Occupied, false, true),
        (BackSoon, false, true),
        (Away, false, false),
        (Offline, false, false),
    ] {
        let mut desk = Desk::new();
        desk.open(7, -1);
        desk.update(7, vec![join(50)]);
        desk.update(7, vec![leave(50)]);
        desk.open(8, -1);
        desk.agent(1, &[], None);
        let rang: Vec<u128> = desk.set(1, availability).iter().map(|(_, rang, _)| *rang).collect();
        let expected: Vec<u128> =
            [(8, new), (7, transfer)].into_iter().filter(|(_, is)| *is).map(|(id, _)| id).collect();
        let mut rang = rang;
        rang.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(rang, expected, "{availability:?}");
        assert_eq!(desk.routing.availability_of(agent_id(1)), Some(availability));
    }
}

#[test]
fn the_least_loaded_is_rung() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.online(2, &[]);
    desk.open(7, -1);
    desk.accept(1, 7).unwrap();
    assert_eq!(desk.open(8, -1), waiting(2, 8));
    assert_eq!(
        desk.open(9, -1),
        waiting(2, 9).iter().map(|_| (1, 9, RingState::Waiting)).collect::<Vec<_>>()
    );
}

/// A ring is work to come: conversations that arrive together are spread.
#[test]
fn rings_count_as_load() {
    let mut desk = Desk::new();
    for number in 1..=3 {
        desk.online(number, &[]);
    }
    let rung: Vec<u128> = (10..16).map(|number| desk.open(number, -1)[0].0).collect();
    assert_eq!(rung, [1, 2, 3, 1, 2, 3]);
}

#[test]
fn of_equal_loads_the_one_idle_longest_is_rung() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.online(2, &[]);
    desk.open(7, -1);
    desk.accept(1, 7).unwrap();
    desk.wait(1000);
    desk.close(7);
    assert_eq!(desk.open(8, -1), waiting(2, 8), "1 worked last");
    desk.close(8);
    desk.wait(1);
    desk.set(2, Away);
    desk.set(2, Online);
    assert_eq!(desk.open(9, -1), waiting(1, 9), "2 came back after 1 was free");
}

#[test]
fn a_ring_that_is_cancelled_costs_no_place_in_the_line() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.online(2, &[]);
    desk.open(7, -1);
    desk.wait(10);
    assert_eq!(desk.close(7), [(1, 7, RingState::Cancelled)]);
    assert_eq!(desk.open(8, -1), waiting(1, 8));
}

#[test]
fn conversations_in_a_skill_ring_in_the_order_of_waiting() {
    let mut desk = Desk::new();
    for number in [9, 7, 8] {
        desk.open(number, 5);
        desk.wait(10);
    }
    desk.agent(1, &[5], Some(1));
    assert_eq!(desk.set(1, Online), waiting(1, 9));
    desk.accept(1, 9).unwrap();
    assert_eq!(desk.close(9), waiting(1, 7));
    desk.accept(1, 7).unwrap();
    assert_eq!(desk.close(7), waiting(1, 8));
}

#[test]
fn skills_decide_who_is_eligible() {
    // Skills of the agent, skill of the conversation, whether it rings.
    for (skills, skill, rings) in [
        (vec![], 5, true),
        (vec![], -1, true),
        (vec![5], 5, true),
        (vec![5], 6, false),
        (vec![5, 6], 6, true),
        (vec![5], -1, true),
        (vec![-1], -1, true),
        (vec![-1], 5, false),
    ] {
        let (mut first, mut second) = (Desk::new(), Desk::new());
        first.online(1, &skills);
        assert_eq!(!first.open(7, skill).is_empty(), rings, "{skills:?} {skill}");
        second.open(7, skill);
        assert_eq!(!second.online(1, &skills).is_empty(), rings, "{skills:?} {skill}");
    }
}

#[test]
fn specialists_and_generalists_stand_in_one_line() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.online(2, &[5]);
    assert_eq!(desk.open(7, 5), waiting(1, 7));
    assert_eq!(desk.open(8, 5), waiting(2, 8));
}

#[test]
fn an_agent_gets_what_waits_longest_in_any_of_his_skills() {
    let mut desk = Desk::new();
    for (number, skill) in [(7, 4), (8, 6), (9, -1), (10, 5)] {
        desk.open(number, skill);
        desk.wait(1);
    }
    let rang: Vec<u128> = desk.online(1, &[5, 6]).iter().map(|(_, rang, _)| *rang).collect();
    assert_eq!(rang, [8, 9, 10]);
    let rang: Vec<u128> = desk.online(2, &[]).iter().map(|(_, rang, _)| *rang).collect();
    assert_eq!(rang, [7]);
}

/// Decided: "the maximum limits rings, not joining by oneself".
#[test]
fn the_maximum_limits_rings() {
    let mut desk = Desk::new();
    desk.agent(1, &[], Some(2));
    desk.set(1, Online);
    for number in 7..10 {
        desk.open(number, -1);
    }
    assert_eq!(desk.routing.snapshot_of(agent_id(1)).len(), 2, "rings count");
    desk.accept(1, 7).unwrap();
    desk.accept(1, 8).unwrap();
    assert_eq!(desk.update(9, vec![join(1)]), [], "he may have more than are offered");
    desk.open(10, -1);
    assert_eq!(desk.close(9), []);
    assert_eq!(desk.close(8), waiting(1, 10));
    assert_eq!(desk.agent(1, &[], Some(0)), [], "a ring goes on");
    desk.reject(1, 10).unwrap();
    assert_eq!(desk.wait(5000), [], "and the next one does not begin");
}

#[test]
fn an_agent_without_a_maximum_has_a_bounded_number_of_rings() {
    let mut desk = Desk::with(Options { rings_per_agent: 3, ..Options::default() });
    desk.online(1, &[]);
    for number in 10..20 {
        desk.open(number, -1);
    }
    assert_eq!(desk.routing.snapshot_of(agent_id(1)).len(), 3);
    let steps = desk.accept(1, 10).unwrap();
    assert_eq!(steps, [(1, 10, RingState::Accepted), (1, 13, RingState::Waiting)]);
}

/// 21 §9: the account switch "ring on first message".
#[test]
fn a_conversation_may_ring_with_its_first_message_only() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    assert_eq!(desk.open_silent(7, -1), []);
    assert_eq!(desk.routing.waiting(), 0);
    assert_eq!(desk.follow(7), [], "nothing was said");
    let due = Some(EpochMillis(START.0 + 9));
    assert_eq!(desk.routing.heard(conversation_id(7), 2, true, None, desk.now), [], "it was no message");
    let effects = desk.routing.heard(conversation_id(7), 3, false, due, desk.now);
    assert!(matches!(&effects[..], [Effect::Ring(notice)] if notice.ring.answer_due == due));
    assert_eq!(desk.took(effects), waiting(1, 7));
    let effects = desk.routing.heard(conversation_id(7), 4, false, due, desk.now);
    assert_eq!(desk.took(effects), [], "it rings already");
}

#[test]
fn after_the_first_message_a_conversation_rings_again_and_a_transfer_always_does() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.open_silent(7, -1);
    let view = ConversationView { is_silent: false, version: 2, ..(&desk.conversations[&7]).into() };
    let effects = desk.routing.follow(&view, desk.now);
    assert_eq!(desk.took(effects), waiting(1, 7));
    desk.open_silent(8, -1);
    assert_eq!(desk.update(8, vec![suggest(1)]), waiting(1, 8));
}

#[test]
fn leaving_online_cancels_what_is_no_longer_allowed() {
    for availability in [Occupied, BackSoon, Away, Offline] {
        let mut desk = Desk::new();
        desk.online(1, &[]);
        desk.open(7, -1);
        desk.online(2, &[]);
        let expected = [(1, 7, RingState::Cancelled), (2, 7, RingState::Waiting)];
        assert_eq!(desk.set(1, availability), expected, "the task goes on to the next agent");
        assert!(!desk.effects.is_empty());
    }
}

#[test]
fn transfers_go_on_ringing_at_somebody_occupied() {
    let mut desk = Desk::new();
    desk.open(7, -1);
    desk.update(7, vec![join(50)]);
    desk.online(1, &[]);
    assert_eq!(desk.update(7, vec![leave(50)]), waiting(1, 7));
    assert_eq!(desk.set(1, Occupied), []);
    assert_eq!(desk.set(1, Away), [(1, 7, RingState::Cancelled)]);
}

#[test]
fn a_lost_skill_cancels_its_rings() {
    let mut desk = Desk::new();
    desk.online(1, &[5, 6]);
    desk.open(7, 5);
    desk.open(8, 6);
    assert_eq!(desk.agent(1, &[6], None), [(1, 7, RingState::Cancelled)]);
}

/// 21 §6: "cancel its waiting rings; keep its assigned conversations".
#[test]
fn who_is_gone_keeps_his_conversations_only() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.open(7, -1);
    desk.accept(1, 7).unwrap();
    desk.open(8, -1);
    assert_eq!(desk.gone(1), [(1, 8, RingState::Cancelled)]);
    assert_eq!(desk.routing.availability_of(agent_id(1)), None);
    assert_eq!(desk.set(1, Online), [], "who has not signed in is not available");
    desk.online(2, &[]);
    desk.open(9, -1);
    assert_eq!(desk.online(1, &[]), []);
    assert_eq!(desk.open(10, -1), waiting(1, 10), "one conversation each: 1 has his old one, 2 two rings");
}

#[test]
fn joining_by_oneself_and_closing_cancel_the_ring() {
    for change in [join(3), FieldChange::CloseConversation] {
        let mut desk = Desk::new();
        desk.online(1, &[]);
        desk.open(7, -1);
        assert_eq!(desk.update(7, vec![change]), [(1, 7, RingState::Cancelled)]);
        assert!(desk.last_notice().task.is_completed);
        assert_eq!(desk.routing.waiting(), 0);
    }
}

/// Two ways to the same assignment: the agent is rung and joins by himself.
#[test]
fn who_joins_what_rings_at_him_has_accepted() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.open(7, -1);
    assert_eq!(desk.update(7, vec![join(1)]), [(1, 7, RingState::Accepted)]);
}

/// 21 §7.5: "`REMOVE` alone: back to the queue of the present skill". A bot without skills, eligible for everything, must
/// not get back at once what it gives away.
#[test]
fn who_gives_a_conversation_back_is_not_the_first_to_be_rung() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.open(7, -1);
    desk.accept(1, 7).unwrap();
    assert_eq!(desk.update(7, vec![leave(1), to_skill(5)]), []);
    assert_eq!(desk.online(2, &[5]), waiting(2, 7));
    assert_eq!(desk.reject(2, 7).unwrap(), [(2, 7, RingState::Rejected)]);
}

#[test]
fn if_nobody_else_comes_he_is_rung_after_a_pause() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.open(7, -1);
    desk.accept(1, 7).unwrap();
    desk.update(7, vec![leave(1)]);
    assert_eq!(desk.wait(4999), []);
    assert_eq!(desk.wait(1), waiting(1, 7));
}

#[test]
fn another_skill_is_another_task() {
    let mut desk = Desk::new();
    desk.online(1, &[5]);
    desk.online(2, &[6]);
    desk.open(7, 5);
    let steps = desk.update(7, vec![to_skill(6)]);
    assert_eq!(steps, [(1, 7, RingState::Cancelled), (2, 7, RingState::Waiting)]);
}

#[test]
fn other_changes_leave_the_ring_alone() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.open(7, -1);
    let urgent = FieldChange::Ttr(Ttr { kind: TtrType::Urgent, seconds: 300 });
    assert_eq!(desk.update(7, vec![urgent]), []);
    let snapshot = desk.routing.snapshot_of(agent_id(1));
    assert_eq!(snapshot[0].ring.answer_due, Some(EpochMillis(START.0 + 1 + 300_000)));
    assert_eq!(snapshot[0].ring.id, desk.ring(7), "a reconnecting agent gets the same ring");
}

#[test]
fn old_states_are_passed_over() {
    let mut desk = Desk::new();
    desk.open(7, -1);
    let old = ConversationView::from(&desk.conversations[&7]);
    desk.update(7, vec![join(1)]);
    desk.online(2, &[]);
    let effects = desk.routing.follow(&old, desk.now);
    assert_eq!(effects, []);
}

/// After a restart routing is fed with what the store has.
#[test]
fn everything_follows_from_the_conversations() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    for number in 7..11 {
        desk.open(number, -1);
    }
    desk.accept(1, 7).unwrap();
    desk.update(8, vec![suggest(2)]);
    desk.close(9);
    let mut again = Desk { conversations: desk.conversations.clone(), now: desk.now, ..Desk::new() };
    for number in 7..11 {
        again.follow(number);
    }
    assert_eq!(again.routing.waiting(), 2);
    assert_eq!(again.online(1, &[]), waiting(1, 10), "8 is proposed to somebody else");
    assert_eq!(again.online(2, &[]), waiting(2, 8));
}
