//! What the platform says by itself. Source: spec 05 §8 `AUTO_MESSAGES`, 00 §2 "Controller", 21 §8 `CONTROLLER`.

use std::sync::Arc;

use trunkline_wire::conversations::event::EventKind;

use super::*;
use crate::{AutoMessages, Survey};

const MESSAGES: &str = r#"{"welcome":"Hello.","agent_joined":"Joined.","agent_left":"Left.","closed_by_agent":"By agent.",
    "closed_by_consumer":"By consumer.","closed_by_system":"By system."}"#;

fn controller() -> AgentId {
    AutoMessages::controller_of(&request().account)
}

pub(super) fn offer(text: &str) -> AutoOffer {
    let messages = AutoMessages::new(serde_json::from_str(text).unwrap()).unwrap();
    AutoOffer { messages: Arc::new(messages), controller: controller() }
}

pub(super) fn everything() -> AutoOffer {
    offer(MESSAGES)
}

fn opened_by(features: &[&str]) -> Conversation {
    let features = features.iter().map(|feature| (*feature).to_owned()).collect();
    let change = OpenConversation { features, ..request() }.decide(id(), NOW);
    Conversation::clone(change.entries[0].state.as_ref().unwrap())
}

pub(super) fn opened() -> Conversation {
    opened_by(&["RICH_CONTENT", "AUTO_MESSAGES"])
}

fn after(seconds: i64) -> EpochMillis {
    EpochMillis(NOW.0 + seconds * 1000)
}

/// What a change holds: the words of messages with their sequences, `change` for changes of the conversation.
fn written(change: &ConversationChange) -> Vec<String> {
    let entry = |entry: &LogEntry| match &entry.body {
        EntryBody::Event(event) => {
            let value: serde_json::Value = serde_json::from_str(event.event.as_str()).unwrap();
            format!("{} {}", event.sequence, value["message"].as_str().unwrap())
        }
        EntryBody::Changed { .. } => "change".to_owned(),
    };
    change.entries.iter().map(entry).collect()
}

/// Decides and applies what this offer allows to say, and checks that replaying arrives at the same state.
fn acted(
    state: &mut Conversation,
    offer: Option<&AutoOffer>,
    actor: Actor,
    command: Command,
    now: EpochMillis,
) -> ConversationChange {
    let Decision::Append { change, .. } = state.decide_saying(offer, actor, command, now).unwrap() else {
        panic!("nothing is stored")
    };
    assert_eq!(change.expected_version, state.version, "one change, all or none");
    let mut stored = state.clone();
    for entry in &change.entries {
        assert_eq!(entry.version, state.version + 1);
        state.apply(entry);
        stored = entry.state.as_deref().cloned().unwrap_or(stored);
        if let Some(kept) = &entry.state {
            assert_eq!(**kept, *state);
            let read = serde_json::to_string(&**kept).unwrap();
            assert_eq!(serde_json::from_str::<Conversation>(&read).unwrap(), *state);
        }
    }
    stored.bring_up(state.version, &change.tally.unwrap_or_else(|| state.tally().unwrap()));
    assert_eq!(stored, *state, "a stored state and the tally are the state");
    change
}

fn said(state: &mut Conversation, actor: Actor, command: Command, now: EpochMillis) -> Vec<String> {
    written(&acted(state, Some(&everything()), actor, command, now))
}

#[test]
fn the_first_message_is_welcomed_once() {
    let mut state = opened();
    let change = acted(&mut state, Some(&everything()), consumer(), publish(text()), after(10));
    assert_eq!(written(&change), ["0 hi", "1 Hello."]);
    let EntryBody::Event(welcome) = &change.entries[1].body else { panic!("a message") };
    assert_eq!(
        (welcome.originator, welcome.role, welcome.audience, welcome.kind),
        (ParticipantId::Agent(controller()), ParticipantRole::Controller, Audience::All, EventKind::Content)
    );
    assert_eq!(
        welcome.event.as_str(),
        r#"{"type":"ContentEvent","message":"Hello.","contentType":"text/plain"}"#
    );
    assert_eq!(welcome.dialog, DialogId::Main(id()));
    assert_eq!(participants(&state), [(0, ParticipantRole::Consumer)], "it takes no part");
    assert_eq!(said(&mut state, consumer(), publish(text()), after(11)), ["2 hi"]);
}

#[test]
fn the_consumer_is_told_the_number_of_the_own_message() {
    let decided = opened().decide_saying(Some(&everything()), consumer(), publish(text()), NOW);
    let Ok(Decision::Append { sequence, change }) = decided else { panic!("it is stored") };
    assert_eq!((sequence, change.entries.len(), change.made()), (Some(0), 2, 3));
}

#[test]
fn the_platform_answers_nothing() {
    let mut state = opened();
    said(&mut state, consumer(), publish(text()), after(1));
    assert_eq!(state.answer_due, Some(after(600)), "the brand owes its answer still");
    said(&mut state, agent(1), Command::AcceptRing, after(2));
    assert_eq!(state.answer_due, Some(after(600)));
    assert_eq!(state.event_at, Some(after(2)), "something happened all the same");
}

#[test]
fn receipts_and_words_of_agents_are_no_first_message() {
    let mut state = opened();
    said(&mut state, agent(1), Command::AcceptRing, NOW);
    assert_eq!(said(&mut state, agent(1), publish(text()), NOW), ["1 hi"]);
    acted_quietly(&mut state, publish(receipt()));
    assert_eq!(state.automatic, Automatic::Awaiting);
    assert_eq!(said(&mut state, consumer(), publish(text()), NOW), ["3 hi", "4 Hello."]);
    assert_eq!(state.automatic, Automatic::On);
}

fn acted_quietly(state: &mut Conversation, command: Command) {
    let before = state.version;
    run(state, command, NOW).unwrap();
    assert_eq!(state.version, before + 1);
}

/// "the first consumer message must follow the creation within 10 s".
#[test]
fn after_a_late_first_message_nothing_is_said_any_more() {
    let mut state = opened();
    let late = EpochMillis(NOW.0 + 10_001);
    assert_eq!(said(&mut state, agent(1), Command::AcceptRing, late), ["change"], "it may not come at all");
    assert_eq!(said(&mut state, consumer(), publish(text()), late), ["0 hi"]);
    assert_eq!(state.automatic, Automatic::Off);
    assert_eq!(said(&mut state, consumer(), publish(text()), late), ["1 hi"]);
    assert_eq!(said(&mut state, agent(1), update(vec![close_main()]), late), ["change"]);
}

#[test]
fn only_clients_with_the_feature_are_spoken_to() {
    for features in [&[][..], &["MULTI_DIALOG"]] {
        let mut state = opened_by(features);
        assert_eq!(said(&mut state, consumer(), publish(text()), NOW), ["0 hi"]);
        assert_eq!(said(&mut state, agent(1), Command::AcceptRing, NOW), ["change"]);
        assert_eq!(said(&mut state, consumer(), update(vec![close_main()]), NOW), ["change"]);
        assert!(state.automatic.is_off());
        assert!(!serde_json::to_string(&state).unwrap().contains("auto\""), "nothing is kept for others");
    }
}

/// 05 §8: what a SEND does not declare does not count for it.
#[test]
fn a_request_without_the_feature_is_not_spoken_to() {
    let mut state = opened();
    assert_eq!(written(&acted(&mut state, None, consumer(), publish(text()), NOW)), ["0 hi"]);
    assert_eq!(state.automatic, Automatic::On, "it came in time");
    assert_eq!(said(&mut state, consumer(), publish(text()), NOW), ["1 hi"], "only the first is welcomed");
    assert_eq!(said(&mut state, agent(1), Command::AcceptRing, NOW), ["change", "2 Joined."]);
}

#[test]
fn agents_come_and_go() {
    let mut state = opened();
    assert_eq!(said(&mut state, agent(1), Command::AcceptRing, after(1)), ["change", "0 Joined."]);
    said(&mut state, consumer(), publish(text()), after(2));
    let away = update(vec![leave(1, ParticipantRole::AssignedAgent), skill(7), suggest(2)]);
    assert_eq!(said(&mut state, agent(1), away, after(30)), ["change", "3 Left."]);
    assert_eq!(said(&mut state, agent(2), Command::AcceptRing, after(31)), ["change", "4 Joined."]);
    let watch = update(vec![join(9, ParticipantRole::Manager)]);
    assert_eq!(said(&mut state, manager(9), watch, after(32)), ["change"], "who watches does not answer");
    let over =
        update(vec![leave(2, ParticipantRole::AssignedAgent), join(9, ParticipantRole::AssignedAgent)]);
    assert_eq!(said(&mut state, manager(9), over, after(33)), ["change", "5 Joined."]);
    let back = update(vec![leave(9, ParticipantRole::AssignedAgent)]);
    assert_eq!(said(&mut state, Actor::System, back, after(34)), ["change", "6 Left."]);
    assert_eq!(said(&mut state, manager(9), update(vec![skill(8)]), after(35)), ["change"]);
}

#[test]
fn the_end_is_spoken_of_before_it_comes() {
    let expire = Command::Expire { dialog: None, quiet_since: after(99) };
    for (actor, command, words) in [
        (consumer(), update(vec![close_main()]), "2 By consumer."),
        (consumer(), update(vec![FieldChange::CloseConversation]), "2 By consumer."),
        (manager(9), update(vec![close_main()]), "2 By agent."),
        (Actor::System, expire, "2 By system."),
    ] {
        let mut state = opened();
        said(&mut state, consumer(), publish(text()), NOW);
        let change = acted(&mut state, Some(&everything()), actor, command, after(60));
        assert_eq!(written(&change), [words, "change"]);
        assert!(!state.is_open() && !state.main().is_open());
        assert_eq!((state.main().next_sequence, state.answer_due), (3, None));
        assert_eq!((state.event_at, change.made()), (Some(after(60)), state.version));
    }
}

#[test]
fn a_survey_comes_after_the_last_words() {
    let mut state = opened_by(&["AUTO_MESSAGES", "MULTI_DIALOG"]);
    said(&mut state, consumer(), publish(text()), NOW);
    let survey = r#"{"question":[{"id":"q","text":"How was it?","kind":"text"}]}"#;
    let survey = SurveyOffer {
        survey: Arc::new(Survey::new(serde_json::from_str(survey).unwrap()).unwrap()),
        bot: Survey::bot_of(&request().account),
        features: None,
    };
    let close = Command::Update { changes: vec![close_main()], metadata: None, survey: Some(survey) };
    assert_eq!(said(&mut state, consumer(), close, after(60)), ["2 By consumer.", "change", "0 How was it?"]);
    assert!(state.is_open() && state.survey.is_some());
    let end = update(vec![FieldChange::CloseConversation]);
    assert_eq!(said(&mut state, consumer(), end, after(61)), ["change"], "the main dialog ended before");
}

#[test]
fn there_is_nothing_to_say_without_words() {
    let mut state = opened();
    let only = offer(r#"{"closed_by_agent":"Bye."}"#);
    let mut write = |actor, command| written(&acted(&mut state, Some(&only), actor, command, NOW));
    assert_eq!(write(consumer(), publish(text())), ["0 hi"]);
    assert_eq!(write(agent(1), Command::AcceptRing), ["change"]);
    assert_eq!(write(agent(1), update(vec![close_main()])), ["1 Bye.", "change"]);
}

/// 21 §7.6: an agent who opens a conversation speaks himself.
#[test]
fn conversations_that_agents_open_have_none() {
    let features = vec!["AUTO_MESSAGES".to_owned()];
    let change = OpenConversation { features, ..request() }.decide_for_agent(agent_id(1), id(), NOW);
    let mut state = Conversation::clone(change.entries[0].state.as_ref().unwrap());
    assert_eq!(said(&mut state, consumer(), publish(text()), NOW), ["0 hi"]);
}

/// A welcome that falls on a 64th version carries the state; so does the message before it, always.
#[test]
fn states_come_where_they_are_due() {
    for silent in 0..70 {
        let mut state = opened();
        for _ in 0..silent {
            run(&mut state, publish(receipt()), NOW).unwrap();
        }
        let change = acted(&mut state, Some(&everything()), consumer(), publish(text()), NOW);
        assert!(change.entries[0].state.is_some());
        let second = &change.entries[1];
        assert_eq!(second.state.is_some(), second.version.is_multiple_of(LogEntry::STATE_EVERY));
    }
}
