//! Who may publish what. Source: spec 21 §7.3, §8.

use super::*;

fn published(state: &Conversation, actor: Actor, command: Command) -> MessageEvent {
    match state.decide(actor, command, NOW).unwrap() {
        Decision::Pass(event) => event,
        Decision::Append { change, .. } => match change.entries[0].body.clone() {
            EntryBody::Event(event) => event,
            EntryBody::Changed { .. } => panic!("not an event"),
        },
        Decision::Nothing => panic!("nothing"),
    }
}

fn private(event: Event) -> Command {
    let Command::Publish(publish) = publish(event) else { unreachable!() };
    Command::Publish(Publish { audience: Audience::AgentsAndManagers, ..publish })
}

#[test]
fn the_assigned_agent_publishes_in_the_same_order_of_sequences() {
    let mut state = served();
    assert_eq!(run(&mut state, publish(text()), NOW), Ok(Some(0)));
    assert_eq!(run_as(agent(1), &mut state, publish(receipt()), NOW), Ok(Some(1)));
    assert_eq!(run_as(agent(1), &mut state, publish(typing()), NOW), Ok(None));
    assert_eq!(run_as(agent(1), &mut state, publish(text()), NOW), Ok(Some(2)));
}

#[test]
fn events_carry_the_agent_and_the_role() {
    for event in [text(), receipt(), typing()] {
        let event = published(&served(), agent(1), publish(event));
        assert_eq!(event.originator, ParticipantId::Agent(agent_id(1)));
        assert_eq!(event.role, ParticipantRole::AssignedAgent);
    }
}

#[test]
fn of_several_roles_the_one_that_answers_counts() {
    use ParticipantRole::{AssignedAgent, Manager, Reader};
    for (roles, expected) in [
        (vec![Reader, Manager], Manager),
        (vec![Manager, AssignedAgent], AssignedAgent),
        (vec![Reader, AssignedAgent, Manager], AssignedAgent),
    ] {
        let mut state = open();
        change(&mut state, manager(5), roles.iter().map(|role| join(5, *role)).collect());
        assert_eq!(published(&state, manager(5), publish(text())).role, expected);
    }
}

/// 21 §7.3: "caller not an active participant of the dialog 403 (managers included: they must join first)".
#[test]
fn who_is_not_in_the_dialog_publishes_nothing() {
    let state = served();
    for actor in [agent(2), manager(2), Actor::System] {
        for event in [text(), receipt(), typing()] {
            assert_eq!(state.decide(actor, publish(event), NOW), Err(Refusal::NotParticipant));
        }
    }
}

#[test]
fn who_left_publishes_nothing() {
    let mut state = served();
    change(&mut state, agent(1), vec![leave(1, ParticipantRole::AssignedAgent)]);
    assert_eq!(state.decide(agent(1), publish(text()), NOW), Err(Refusal::NotParticipant));
}

#[test]
fn who_is_only_suggested_publishes_nothing() {
    let mut state = served();
    change(&mut state, agent(1), vec![suggest(2)]);
    assert_eq!(state.decide(agent(2), publish(text()), NOW), Err(Refusal::NotParticipant));
}

/// 21 §7.3: "role `READER` 403".
#[test]
fn readers_publish_nothing() {
    let mut state = served();
    change(&mut state, agent(2), vec![join(2, ParticipantRole::Reader)]);
    for event in [text(), receipt(), typing()] {
        assert_eq!(state.decide(agent(2), publish(event), NOW), Err(Refusal::ReaderMayNotPublish));
    }
}

#[test]
fn a_manager_who_joined_publishes() {
    let mut state = served();
    change(&mut state, manager(9), vec![join(9, ParticipantRole::Manager)]);
    assert_eq!(published(&state, manager(9), publish(text())).role, ParticipantRole::Manager);
}

/// 24 §3.6: "`messageAudience` from a consumer is ignored".
#[test]
fn only_the_brands_side_may_be_private() {
    let state = served();
    assert_eq!(published(&state, agent(1), private(text())).audience, Audience::AgentsAndManagers);
    assert_eq!(published(&state, consumer(), private(text())).audience, Audience::All);
}

fn receipt_of(list: &str) -> Command {
    let text = format!(r#"{{"type":"AcceptStatusEvent","status":"READ","sequenceList":{list},"a":1}}"#);
    publish(event(&text))
}

/// 22 §6: numbers of private messages are left out for consumers; a receipt of nothing else is dropped.
#[test]
fn receipts_say_nothing_of_private_messages_to_the_consumers_side() {
    let mut state = served();
    for command in [publish(text()), private(text()), private(text()), publish(text()), private(typing())] {
        run_as(agent(1), &mut state, command, NOW).unwrap();
    }
    run_as(agent(1), &mut state, private(text()), NOW).unwrap();
    let stored = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<Conversation>(&stored).unwrap(), state);
    for (list, shown) in [
        ("[0]", Some("[0]")),
        ("[0,3]", Some("[0,3]")),
        ("[]", Some("[]")),
        ("[0,1,2,3,4,9]", Some("[0,3,9]")),
        ("[4,3]", Some("[3]")),
        ("[1]", None),
        ("[4,2,1]", None),
    ] {
        let receipt = published(&state, agent(1), receipt_of(list));
        assert!(receipt.event.as_str().contains(&format!(r#""sequenceList":{list}"#)), "agents see it all");
        let is_shown = receipt.audience == Audience::All;
        let seen = is_shown.then(|| receipt.public.unwrap_or(receipt.event));
        let expected = shown.map(|list| {
            format!(r#"{{"type":"AcceptStatusEvent","status":"READ","sequenceList":{list},"a":1}}"#)
        });
        assert_eq!(seen.map(|seen| seen.as_str().to_owned()), expected);
    }
}

#[test]
fn of_very_many_private_messages_the_receipts_say_rather_too_little() {
    let mut state = served();
    for _ in 0..200 {
        run_as(agent(1), &mut state, private(text()), NOW).unwrap();
        run(&mut state, publish(text()), NOW).unwrap();
    }
    assert!(serde_json::to_string(&state.main().private).unwrap().len() < 1024);
    let audience = |sequence: u64| published(&state, agent(1), receipt_of(&format!("[{sequence}]"))).audience;
    for sequence in (0..400).step_by(2) {
        assert_eq!(audience(sequence), Audience::AgentsAndManagers, "{sequence}");
    }
    assert_eq!(audience(1), Audience::AgentsAndManagers, "too old to be told apart");
    for sequence in (301..400).step_by(2) {
        assert_eq!(audience(sequence), Audience::All, "{sequence}");
    }
}

/// 21 §7.3: unknown dialog 404, closed dialog 400, `conversationId` of another conversation 400.
#[test]
fn dialogs_are_checked_before_roles() {
    let state = served();
    let Command::Publish(good) = publish(text()) else { unreachable!() };
    let other = ConversationId::parse(&ID.replace('b', "c")).unwrap();
    let cases = [
        (Publish { dialog: DialogId::Further([1; 16]), ..good.clone() }, Refusal::UnknownDialog),
        (Publish { dialog: DialogId::Main(other), ..good.clone() }, Refusal::UnknownDialog),
        (Publish { conversation: Some(other), ..good.clone() }, Refusal::WrongConversation),
    ];
    for (publish, refusal) in cases {
        for actor in [agent(1), agent(2), manager(2)] {
            assert_eq!(state.decide(actor, Command::Publish(publish.clone()), NOW), Err(refusal));
        }
    }
    let mut closed = state;
    change(&mut closed, agent(1), vec![FieldChange::CloseConversation]);
    assert_eq!(closed.decide(agent(1), Command::Publish(good), NOW), Err(Refusal::Closed));
}

/// 06 §3.1: the first unanswered message starts the clock, an answer stops it, −1 when nothing is owed.
#[test]
fn only_answers_that_the_consumer_can_read_stop_the_clock() {
    let due = Some(EpochMillis(NOW.0 + 600_000));
    for (command, expected) in [
        (publish(text()), None),
        (publish(event(r#"{"type":"RichContentEvent","content":{"type":"text"}}"#)), None),
        (private(text()), due),
        (publish(receipt()), due),
        (publish(typing()), due),
    ] {
        let mut state = served();
        assert_eq!(state.answer_due, due, "accepting a ring is no answer");
        run_as(agent(1), &mut state, command, NOW).unwrap();
        assert_eq!(state.answer_due, expected);
    }
}

#[test]
fn a_question_after_the_answer_starts_the_clock_anew() {
    let mut state = served();
    run_as(agent(1), &mut state, publish(text()), EpochMillis(NOW.0 + 1000)).unwrap();
    run(&mut state, publish(text()), EpochMillis(NOW.0 + 2000)).unwrap();
    assert_eq!(state.answer_due, Some(EpochMillis(NOW.0 + 602_000)));
}

#[test]
fn a_platform_message_is_no_answer() {
    let mut state = served();
    change(&mut state, manager(7), vec![join(7, ParticipantRole::Controller)]);
    run_as(manager(7), &mut state, publish(text()), NOW).unwrap();
    assert!(state.answer_due.is_some());
}
