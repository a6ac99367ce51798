//! The built-in bot that runs the survey of an account. Source: spec 05 §4.3 – §5, 06 §3.3, 21 §8, §9.

mod answers;
mod looks;
mod random;

use std::sync::Arc;

use trunkline_wire::conversations::event::EventKind;

use super::*;
use crate::Survey;

/// Three questions: satisfaction, resolution, free text.
const SURVEY: &str = r#"{"intro":"Hello.","thanks":"Thank you.","timeout":"10m","question":[
    {"id":"q-1","text":"How was it?","kind":"csat"},
    {"id":"q-2","text":"Settled?","kind":"fcr"},
    {"id":"q-3","text":"Anything else?","kind":"text"}]}"#;

/// When the main dialog is closed.
const CLOSED: EpochMillis = EpochMillis(NOW.0 + 60_000);

fn survey(text: &str) -> Arc<Survey> {
    Arc::new(Survey::new(serde_json::from_str(text).unwrap()).unwrap())
}

fn bot() -> ParticipantId {
    ParticipantId::Agent(Survey::bot_of(&request().account))
}

fn offer(text: &str) -> SurveyOffer {
    SurveyOffer { survey: survey(text), bot: Survey::bot_of(&request().account), features: None }
}

/// An open conversation of a client with these features, agent 1 assigned.
fn opened(features: &[&str]) -> Conversation {
    let features = features.iter().map(|feature| (*feature).to_owned()).collect();
    let change = OpenConversation { features, ..request() }.decide(id(), NOW);
    let mut state = Conversation::clone(change.entries[0].state.as_ref().unwrap());
    run_as(agent(1), &mut state, Command::AcceptRing, NOW).unwrap();
    state
}

fn closing(offer: SurveyOffer) -> Command {
    Command::Update { changes: vec![close_main()], metadata: None, survey: Some(offer) }
}

fn dialog() -> DialogId {
    DialogId::survey_of(id())
}

/// A survey that has begun, and everything the bot said.
fn asked(definition: &str, features: &[&str]) -> (Conversation, Vec<MessageEvent>) {
    let mut state = opened(features);
    let said = events(&decided(&mut state, consumer(), closing(offer(definition)), CLOSED));
    (state, said)
}

/// Decides, applies, and checks what holds for every change of several entries.
fn decided(state: &mut Conversation, actor: Actor, command: Command, now: EpochMillis) -> ConversationChange {
    let Decision::Append { change, .. } = state.decide(actor, command, now).unwrap() else {
        panic!("nothing is stored")
    };
    assert_eq!(change.expected_version, state.version, "one change, all or none");
    let mut replica = state.clone();
    for entry in &change.entries {
        assert_eq!(entry.version, state.version + 1);
        let is_due = entry.version.is_multiple_of(LogEntry::STATE_EVERY);
        assert!(!is_due || entry.state.is_some(), "every 64th version carries a state");
        if matches!(entry.body, EntryBody::Changed { .. }) {
            assert!(entry.state.is_some());
        }
        replica.apply(&LogEntry { state: entry.state.clone(), ..entry.clone() });
        state.apply(entry);
        assert_eq!(state.version, entry.version);
        if let Some(kept) = &entry.state {
            assert_eq!(**kept, *state);
            let read = serde_json::to_string(&**kept).unwrap();
            assert_eq!(serde_json::from_str::<Conversation>(&read).unwrap(), *state);
        }
    }
    assert_eq!(replica, *state);
    change
}

fn events(change: &ConversationChange) -> Vec<MessageEvent> {
    let event = |entry: &LogEntry| match &entry.body {
        EntryBody::Event(event) => Some(event.clone()),
        EntryBody::Changed { .. } => None,
    };
    change.entries.iter().filter_map(event).collect()
}

fn in_dialog(event: Event, metadata: Option<&str>) -> Command {
    let metadata = metadata.map(|text| JsonText::normalise(text).unwrap());
    let audience = Audience::All;
    Command::Publish(Publish {
        dialog: dialog(),
        conversation: Some(id()),
        event,
        metadata,
        encoded_metadata: None,
        audience,
    })
}

fn typed(words: &str) -> Command {
    let words = serde_json::to_string(words).unwrap();
    in_dialog(
        event(&format!(r#"{{"type":"ContentEvent","contentType":"text/plain","message":{words}}}"#)),
        None,
    )
}

/// The text of a click on a reply.
fn clicked(question: &str, reply: &str) -> Command {
    let metadata =
        format!(r#"[{{"type":"Answer","questionId":"{question}","id":"{reply}","provider":"AC"}}]"#);
    in_dialog(text(), Some(&metadata))
}

/// What the consumer says a minute after the question; returns what the change holds.
fn say(state: &mut Conversation, command: Command) -> ConversationChange {
    let now = EpochMillis(state.last_activity().0 + 60_000);
    decided(state, consumer(), command, now)
}

fn message(event: &MessageEvent) -> String {
    let value: serde_json::Value = serde_json::from_str(event.event.as_str()).unwrap();
    value["message"].as_str().unwrap_or_default().to_owned()
}

/// 05 §4.3 and 06 §3.3: one change closes the main dialog, opens the survey at index 1, and asks.
#[test]
fn closing_the_main_dialog_begins_the_survey() {
    for actor in [consumer(), agent(1), manager(9)] {
        let mut state = opened(&["MULTI_DIALOG"]);
        let change = decided(&mut state, actor, closing(offer(SURVEY)), CLOSED);
        assert_eq!(change.entries.len(), 3);
        let EntryBody::Changed { by, .. } = &change.entries[0].body else { panic!("the close comes first") };
        assert_eq!(*by, actor.participant());
        assert_eq!(state.stage, Stage::Open);
        assert_eq!(state.close_reason(), Some(actor.closes_as()));
        assert_eq!((state.answer_due, state.needs_agent(), state.csat), (None, None, None));
        assert_eq!(state.dialogs.len(), 2);
        let opened = &state.dialogs[1];
        assert_eq!((opened.id, opened.kind, opened.created_at), (dialog(), DialogType::PostSurvey, CLOSED));
        assert!(opened.is_open() && opened.meta_data.as_ref().unwrap().as_str().contains("appInstallId"));
        let people: Vec<_> = opened.participants.iter().map(|known| (known.id, known.role)).collect();
        let consumer = ParticipantId::Consumer(state.consumer);
        assert_eq!(people, [(consumer, ParticipantRole::Consumer), (bot(), ParticipantRole::Agent)]);
        let said = events(&change);
        assert_eq!(said.iter().map(|event| event.sequence).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(message(&said[0]), "Hello.");
        assert!(said.iter().all(|event| event.originator == bot() && event.role == ParticipantRole::Agent));
        assert!(said.iter().all(|event| event.dialog == dialog()));
    }
}

/// 05 §4.3, second open point: nothing else starts a survey.
#[test]
fn other_ways_to_close_begin_none() {
    let close = |changes| Command::Update { changes, metadata: None, survey: Some(offer(SURVEY)) };
    let mut state = opened(&["MULTI_DIALOG"]);
    run(&mut state, close(vec![FieldChange::CloseConversation]), CLOSED).unwrap();
    assert_eq!((state.is_open(), state.dialogs.len(), state.csat), (false, 1, None));
    let mut state = opened(&["MULTI_DIALOG"]);
    let expire = Command::Expire { dialog: Some(DialogId::Main(id())), quiet_since: state.last_activity() };
    run_as(Actor::System, &mut state, expire, CLOSED).unwrap();
    assert_eq!((state.is_open(), state.dialogs.len()), (false, 1));
    // In one request everything happens in order: the survey is over before anybody asked.
    let mut state = opened(&["MULTI_DIALOG"]);
    let both = close(vec![close_main(), FieldChange::CloseConversation]);
    assert_eq!(decided(&mut state, consumer(), both, CLOSED).entries.len(), 1);
    assert_eq!((state.is_open(), state.dialogs.len()), (false, 2));
}

/// 05 §8: the features of the call count, else those of the conversation.
#[test]
fn only_clients_that_know_dialogs_are_asked() {
    let strings =
        |features: &[&str]| features.iter().map(|feature| (*feature).to_owned()).collect::<Vec<_>>();
    for (stored, declared, is_asked) in [
        (&[][..], None, false),
        (&["RICH_CONTENT"][..], None, false),
        (&["MULTI_DIALOG"][..], None, true),
        (&["MULTI_DIALOG"][..], Some(&[][..]), false),
        (&[][..], Some(&["MULTI_DIALOG"][..]), true),
    ] {
        let mut state = opened(stored);
        let offer = SurveyOffer { features: declared.map(strings), ..offer(SURVEY) };
        run(&mut state, closing(offer), CLOSED).unwrap();
        assert_eq!(state.is_open(), is_asked, "{stored:?} {declared:?}");
        assert_eq!(state.dialogs.len(), 1 + usize::from(is_asked));
    }
}

/// 05 §5: ACTION receipt 2, answer 3, the bot's READ 4.
#[test]
fn the_numbers_are_those_of_the_documented_trace() {
    let (mut state, _) = asked(SURVEY, &["MULTI_DIALOG", "QUICK_REPLIES"]);
    let action = event(r#"{"type":"AcceptStatusEvent","status":"ACTION","sequenceList":[1]}"#);
    let metadata = r#"[{"type":"Answer","questionId":"q-1","id":"4","provider":"AC"}]"#;
    let change = say(&mut state, in_dialog(action, Some(metadata)));
    assert_eq!(change.entries.len(), 1, "a click alone is no answer yet");
    let now = EpochMillis(CLOSED.0 + 120_000);
    let Ok(Decision::Append { change, sequence }) = state.decide(consumer(), clicked("q-1", "4"), now) else {
        panic!("an answer is stored")
    };
    assert_eq!(sequence, Some(3), "the consumer's own");
    let said = events(&change);
    assert_eq!(said.iter().map(|event| event.sequence).collect::<Vec<_>>(), [3, 4, 5]);
    assert_eq!(said[0].role, ParticipantRole::Consumer);
    assert_eq!(said[1].event.as_str(), r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[3]}"#);
    assert_eq!(message(&said[2]), "Settled?");
}

#[test]
fn the_last_answer_ends_everything() {
    let (mut state, _) = asked(SURVEY, &["MULTI_DIALOG"]);
    say(&mut state, typed("4"));
    say(&mut state, typed("no"));
    let change = say(&mut state, typed("More tea."));
    assert_eq!(change.entries.len(), 4);
    assert_eq!(message(&events(&change)[2]), "Thank you.");
    assert_eq!(change.entries[3].body, EntryBody::Changed { by: Some(bot()), metadata: None });
    let Stage::Closed { reason, .. } = state.stage else { panic!("still open") };
    assert_eq!(reason, CloseReason::Consumer, "who closed the main dialog");
    let DialogState::Closed { by, cause, .. } = &state.dialogs[1].state else { panic!("still open") };
    assert_eq!((*by, cause.as_deref()), (CloseReason::Agent, Some("Completed")));
    assert_eq!(state.csat, Some(Csat { rate: Some(4), resolved: Some(false), status: CsatStatus::Filled }));
    assert_eq!((state.survey.as_ref(), state.survey_expiry()), (None, None));
    assert_eq!(state.decide(consumer(), typed("late"), CLOSED), Err(Refusal::Closed));
}

/// 05 §4.2: a survey dialog takes typing and ignores it.
#[test]
fn typing_is_accepted_and_ignored() {
    let (state, _) = asked(SURVEY, &["MULTI_DIALOG"]);
    assert_eq!(state.decide(consumer(), in_dialog(typing(), None), CLOSED), Ok(Decision::Nothing));
    assert_eq!(state.decide(agent(5), in_dialog(typing(), None), CLOSED), Err(Refusal::NotParticipant));
    assert_eq!(state.decide(consumer(), publish(text()), CLOSED), Err(Refusal::Closed), "the main dialog");
}

#[test]
fn receipts_are_stored_and_answered_by_nobody() {
    let (mut state, _) = asked(SURVEY, &["MULTI_DIALOG"]);
    let change = say(&mut state, in_dialog(receipt(), None));
    assert_eq!((change.entries.len(), events(&change)[0].sequence), (1, 2));
}

/// Whoever sends the bot away asks himself; the survey still ends by itself.
#[test]
fn a_bot_that_was_sent_away_says_nothing() {
    let (mut state, _) = asked(SURVEY, &["MULTI_DIALOG"]);
    let ParticipantId::Agent(bot) = bot() else { panic!("the bot is an agent") };
    let gone = Membership { agent: bot, role: ParticipantRole::Agent, dialog: Some(dialog()) };
    change(&mut state, manager(9), vec![FieldChange::Leave(gone), join(8, ParticipantRole::Agent)]);
    assert_eq!(say(&mut state, typed("5")).entries.len(), 1);
    assert!(state.survey_expiry().is_some());
}

#[test]
fn a_survey_ends_when_nobody_answers_in_time() {
    for (answers, status) in [(&[][..], CsatStatus::Skipped), (&["2"][..], CsatStatus::PartiallyFilled)] {
        let (mut state, _) = asked(SURVEY, &["MULTI_DIALOG"]);
        for words in answers {
            say(&mut state, typed(words));
        }
        let (open, expiry) = state.survey_expiry().unwrap();
        assert_eq!((open, expiry), (dialog(), EpochMillis(state.last_activity().0 + 600_000)));
        let time_out = |quiet_since| Command::Expire { dialog: Some(open), quiet_since };
        let early = time_out(EpochMillis(state.last_activity().0 - 1));
        assert_eq!(
            state.decide(Actor::System, early, expiry),
            Ok(Decision::Nothing),
            "something happened since"
        );
        let now = time_out(state.last_activity());
        decided(&mut state, Actor::System, now, expiry);
        let DialogState::Closed { by, cause, .. } = &state.dialogs[1].state else { panic!("still open") };
        assert_eq!((*by, cause.as_deref()), (CloseReason::Timeout, Some("Timeout")));
        let rate = answers.first().map(|_| 2);
        assert_eq!(state.csat, Some(Csat { rate, resolved: None, status }));
        assert_eq!((state.is_open(), state.close_reason()), (false, Some(CloseReason::Consumer)));
    }
}

#[test]
fn whoever_ends_the_survey_ends_the_conversation() {
    let close = FieldChange::CloseDialog(CloseDialog { dialog: dialog(), cause: Some("bye".to_owned()) });
    for (actor, changes) in
        [(consumer(), close.clone()), (manager(9), close), (agent(1), FieldChange::CloseConversation)]
    {
        let (mut state, _) = asked(SURVEY, &["MULTI_DIALOG"]);
        say(&mut state, typed("1"));
        decided(&mut state, actor, update(vec![changes]), EpochMillis(CLOSED.0 + 90_000));
        assert!(!state.is_open());
        assert_eq!(state.dialogs[1].closed_by(), Some(actor.closes_as()));
        let partly = Csat { rate: Some(1), resolved: None, status: CsatStatus::PartiallyFilled };
        assert_eq!((state.csat, &state.survey), (Some(partly), &None));
    }
}

#[test]
fn a_rate_given_without_the_survey_stays() {
    let given = Csat { rate: Some(5), resolved: Some(true), status: CsatStatus::Filled };
    let expire = Command::Expire { dialog: Some(dialog()), quiet_since: EpochMillis(i64::MAX) };
    let (mut state, _) = asked(SURVEY, &["MULTI_DIALOG"]);
    change(&mut state, consumer(), vec![FieldChange::Csat(given)]);
    let mut silent = state.clone();
    decided(&mut silent, Actor::System, expire.clone(), CLOSED);
    assert_eq!(silent.csat, Some(given), "a survey nobody answered says nothing");
    say(&mut state, typed("2"));
    decided(&mut state, Actor::System, expire, CLOSED);
    let both = Csat { rate: Some(2), resolved: Some(true), status: CsatStatus::PartiallyFilled };
    assert_eq!(state.csat, Some(both));
}

/// Long conversations: the entries of one change run over a version that must carry a state.
#[test]
fn changes_over_the_64th_version_carry_its_state() {
    for before in 55..70 {
        let mut state = opened(&["MULTI_DIALOG"]);
        while state.version < before {
            run(&mut state, publish(text()), NOW).unwrap();
        }
        decided(&mut state, consumer(), closing(offer(SURVEY)), CLOSED);
        for words in ["5", "what?", "yes", "nothing"] {
            say(&mut state, typed(words));
        }
        assert!(!state.is_open());
    }
}
