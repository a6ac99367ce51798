//! Any sequence of commands of anybody, at any time.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use ParticipantRole::{AssignedAgent, Manager, Reader};

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        4 => Just(consumer()),
        8 => (1..4_u128).prop_map(agent),
        2 => (4..6_u128).prop_map(manager),
        1 => Just(Actor::System),
    ]
}

fn role() -> impl Strategy<Value = ParticipantRole> {
    prop_oneof![4 => Just(AssignedAgent), 1 => Just(Manager), 1 => Just(Reader)]
}

fn field_change() -> impl Strategy<Value = FieldChange> {
    let person = 1..6_u128;
    prop_oneof![
        1 => Just(close_main()),
        1 => Just(FieldChange::CloseConversation),
        4 => (1..=5_u8).prop_map(|rate| FieldChange::Csat(Csat {
            rate: Some(rate), resolved: None, status: CsatStatus::Filled })),
        4 => (0..4000_u32).prop_map(|seconds| FieldChange::Ttr(Ttr { kind: TtrType::Custom, seconds })),
        12 => (person.clone(), role()).prop_map(|(number, role)| join(number, role)),
        12 => (person.clone(), role()).prop_map(|(number, role)| leave(number, role)),
        8 => person.prop_map(suggest),
        4 => (-1..3_i64).prop_map(skill),
        2 => "[a-c]{0,2}".prop_map(FieldChange::Note),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        8 => Just(publish(text())),
        4 => Just(publish(receipt())),
        4 => Just(publish(typing())),
        8 => prop::collection::vec(field_change(), 1..4).prop_map(update),
        8 => Just(Command::AcceptRing),
        2 => (1..6_u128).prop_map(end_suggestion),
        1 => (-60_000..60_000_i64).prop_map(|span| Command::Expire {
            dialog: None, quiet_since: EpochMillis(NOW.0 + span) }),
    ]
}

fn count(dialog: &Dialog, role: ParticipantRole, state: ParticipantState) -> usize {
    dialog.participants.iter().filter(|known| known.role == role && known.state == state).count()
}

/// What holds in every state.
fn check(state: &Conversation) {
    for dialog in &state.dialogs {
        assert!(count(dialog, AssignedAgent, ParticipantState::Active) <= 1, "one agent answers");
        let suggested = dialog.participants.iter().filter(|known| known.state == ParticipantState::Suggested);
        assert!(suggested.clone().count() <= usize::from(dialog.is_open()), "one agent is proposed");
        assert!(suggested.clone().all(|known| known.role == AssignedAgent));
        assert_eq!(count(dialog, ParticipantRole::Consumer, ParticipantState::Active), 1);
        let mut seen = HashMap::new();
        for known in &dialog.participants {
            assert!(seen.insert((known.id, known.role), known.state).is_none(), "nobody is listed twice");
        }
    }
    let active = state.main().participants.iter().filter(|known| known.state == ParticipantState::Active);
    assert!(active.eq(&state.participants), "with one dialog its list is the conversation's");
    let is_served = state.assigned_agent().is_some() && state.main().suggested_agent().is_none();
    assert_eq!(state.needs_agent().is_some(), state.is_open() && !is_served, "nobody waits unseen");
    if !state.is_open() {
        assert_eq!(state.answer_due, None);
        assert!(state.dialogs.iter().all(|dialog| !dialog.is_open()));
    }
}

/// Messages are numbered without a gap, and come while their dialog is open. Returns how many the platform said.
fn check_messages(before: &Conversation, change: &ConversationChange) -> u64 {
    let (mut sequence, mut is_open, mut said) = (before.main().next_sequence, before.main().is_open(), 0);
    for entry in &change.entries {
        match &entry.body {
            EntryBody::Event(event) => {
                assert!(is_open, "a closed dialog takes no message");
                assert_eq!((event.dialog, event.sequence), (DialogId::Main(id()), sequence));
                sequence += 1;
                said += u64::from(event.role == ParticipantRole::Controller);
            }
            EntryBody::Changed { .. } => is_open = entry.state.as_ref().unwrap().main().is_open(),
        }
    }
    said
}

/// A refusal must have its reason in the state.
fn check_refusal(state: &Conversation, actor: Actor, command: &Command, refusal: Refusal) {
    let is_inside = actor
        .participant()
        .is_some_and(|id| state.participants.iter().any(|participant| participant.id == id));
    match refusal {
        Refusal::Closed => assert!(!state.is_open() || matches!(command, Command::Update { .. })),
        Refusal::NotParticipant => assert!(!is_inside),
        Refusal::ReaderMayNotPublish => assert!(is_inside && matches!(command, Command::Publish(_))),
        Refusal::RingLost => {
            assert_ne!(state.assigned_agent(), actor.agent());
            assert!(state.assigned_agent().is_some() && state.main().suggested_agent() != actor.agent());
        }
        Refusal::AlreadyAssigned | Refusal::NotInConversation => {
            assert!(matches!(command, Command::Update { .. }));
        }
        Refusal::NotAllowed => assert!(!matches!(command, Command::Publish(_))),
        other => panic!("{other} cannot happen here"),
    }
}

proptest! {
    #[test]
    fn keeps_the_invariants(
        speaks in any::<bool>(),
        commands in prop::collection::vec((actor(), command(), any::<bool>(), -50..500_i64), 0..120),
    ) {
        let mut state = if speaks { auto::opened() } else { open() };
        let mut replica = state.clone();
        let mut stored = state.clone();
        let mut now = NOW;
        let words = auto::everything();
        for (actor, command, declared, step) in commands {
            now = EpochMillis(now.0 + step); // clocks go back, too
            let before = state.clone();
            let offer = Some(&words).filter(|_| declared);
            match state.decide_saying(offer, actor, command.clone(), now) {
                Ok(Decision::Append { change, sequence }) => {
                    prop_assert_eq!(change.expected_version, before.version);
                    let said = check_messages(&before, &change);
                    prop_assert!(said == 0 || (speaks && declared && !before.automatic.is_off()), "nobody wants it");
                    prop_assert!(said <= 1, "one thing at a time");
                    for entry in &change.entries {
                        state.apply(entry);
                        replica.apply(&entry.clone());
                        if let Some(state) = &entry.state {
                            stored = Conversation::clone(state);
                        }
                    }
                    if change.entries.last().is_some_and(|entry| entry.state.is_none()) {
                        let tally = change.tally.expect("there are two dialogs at most");
                        stored.bring_up(state.version, &tally);
                    }
                    prop_assert_eq!(&stored, &state, "a stored state and the tally are the state");
                    if let Some(sequence) = sequence {
                        prop_assert_eq!(sequence, before.main().next_sequence);
                        prop_assert_eq!(state.main().next_sequence, sequence + 1 + said);
                        prop_assert!(before.is_open(), "a closed dialog takes no message");
                    } else {
                        prop_assert!(state.updated_at > before.updated_at);
                    }
                    prop_assert_eq!(state.version, before.version + change.entries.len() as u64);
                }
                Ok(_) => prop_assert_eq!(&state, &before),
                Err(refusal) => check_refusal(&state, actor, &command, refusal),
            }
            prop_assert!(before.is_open() || !state.is_open(), "closed stays closed");
            prop_assert_eq!(&state, &replica, "replay arrives at the same state");
            check(&state);
        }
    }

    /// Nobody decides on a state that another has changed: of two answers to the same state one is stored.
    #[test]
    fn of_two_who_accept_one_is_assigned(first in 1..4_u128, second in 4..8_u128) {
        let state = open();
        let mut stored = state.clone();
        for number in [first, second] {
            let Ok(Decision::Append { change, .. }) = state.decide(agent(number), Command::AcceptRing, NOW)
            else {
                panic!("nobody is assigned yet")
            };
            if change.expected_version == stored.version {
                stored.apply(&change.entries[0]);
            }
        }
        prop_assert_eq!(stored.assigned_agent(), Some(agent_id(first)));
        prop_assert_eq!(stored.decide(agent(second), Command::AcceptRing, NOW), Err(Refusal::RingLost));
    }
}
