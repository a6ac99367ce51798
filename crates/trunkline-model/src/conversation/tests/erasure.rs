//! What is left of a conversation that was erased.

use std::sync::Arc;

use proptest::prelude::*;
use trunkline_wire::agent::DelayKind;
use trunkline_wire::conversations::event::EventKind;

use super::*;
use crate::Survey;

/// Whatever anybody wrote has this in it.
const SECRET: &str = "xyzzy";

const LATER: EpochMillis = EpochMillis(NOW.0 + 1_000_000_000);

fn secret_json() -> JsonText {
    JsonText::normalise(r#"[{"type":"xyzzy","id":"xyzzy","xyzzy":"xyzzy"}]"#).unwrap()
}

fn said() -> impl Strategy<Value = Event> {
    prop::sample::select(vec![
        r#"{"type":"ContentEvent","contentType":"text/plain","message":"xyzzy","quickReplies":{"xyzzy":1}}"#,
        r#"{"type":"ContentEvent","contentType":"text/plain","message":""}"#,
        r#"{"type":"ContentEvent","contentType":"hosted/file","message":{"relativePath":"/xyzzy.png","fileType":"PNG","caption":"xyzzy"}}"#,
        r#"{"type":"ContentEvent","contentType":"forms/secure-submission","message":{"xyzzy":"xyzzy"}}"#,
        r#"{"type":"RichContentEvent","content":{"type":"vertical","elements":[{"type":"text","text":"xyzzy"}]}}"#,
        r#"{"type":"RichContentEvent","content":{}}"#,
        r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[0,1,2],"contextData":{"xyzzy":"xyzzy"}}"#,
        r#"{"type":"AcceptStatusEvent","status":"ACTION","sequenceList":7,"xyzzy":[]}"#,
    ])
    .prop_map(event)
}

fn publishing() -> impl Strategy<Value = Command> {
    let dialog = prop_oneof![3 => Just(DialogId::Main(id())), 1 => Just(DialogId::survey_of(id()))];
    (said(), dialog, any::<bool>(), any::<bool>()).prop_map(|(event, dialog, is_private, is_bare)| {
        let audience = if is_private { Audience::AgentsAndManagers } else { Audience::All };
        let (metadata, encoded_metadata) =
            if is_bare { (None, None) } else { (Some(secret_json()), Some("xyzzy".into())) };
        Command::Publish(Publish { dialog, conversation: None, event, metadata, encoded_metadata, audience })
    })
}

fn field_change() -> impl Strategy<Value = FieldChange> {
    let cause = || Some(SECRET.to_owned());
    prop_oneof![
        4 => Just(FieldChange::Note(SECRET.to_owned())),
        4 => Just(FieldChange::Topic(SECRET.to_owned())),
        4 => Just(FieldChange::AttachMetadata(None)),
        4 => Just(FieldChange::Delay(Some(Delay { kind: DelayKind::Night, until: NOW }))),
        4 => Just(FieldChange::ManualAnswerDue(Some(NOW))),
        4 => (1..=5_u8).prop_map(|rate| FieldChange::Csat(Csat {
            rate: Some(rate), resolved: Some(true), status: CsatStatus::Filled })),
        4 => (1..4_u128).prop_map(|number| join(number, ParticipantRole::AssignedAgent)),
        2 => (1..4_u128).prop_map(|number| leave(number, ParticipantRole::AssignedAgent)),
        2 => (1..4_u128).prop_map(suggest),
        1 => Just(FieldChange::CloseDialog(CloseDialog { dialog: None, cause: cause() })),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let survey = r#"{"intro":"xyzzy","thanks":"xyzzy","hint":"xyzzy","question":[
        {"id":"xyzzy","text":"xyzzy?","kind":"csat"},{"id":"q","text":"xyzzy?","kind":"text"}]}"#;
    let survey = Arc::new(Survey::new(serde_json::from_str(survey).unwrap()).unwrap());
    prop_oneof![
        8 => publishing(),
        4 => prop::collection::vec(field_change(), 1..3).prop_map(move |changes| {
            let offer = SurveyOffer {
                survey: Arc::clone(&survey), bot: Survey::bot_of(&request().account), features: None };
            Command::Update { changes, metadata: Some(secret_json()), survey: Some(offer) }
        }),
        2 => Just(Command::AcceptRing),
    ]
}

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![4 => Just(consumer()), 3 => (1..4_u128).prop_map(agent), 2 => Just(manager(3))]
}

/// Everything that an opening says is said; a plain one says only how the connector calls the consumer.
fn opening(plain: Option<&str>) -> ConversationChange {
    let features = ["MULTI_DIALOG", "RICH_CONTENT", "AUTO_MESSAGES", SECRET].map(str::to_owned).to_vec();
    let external_consumer = ExternalConsumerId::parse(plain.unwrap_or(SECRET)).unwrap();
    if plain.is_some() {
        return OpenConversation { external_consumer, ..request() }.decide(id(), NOW);
    }
    let open = OpenConversation {
        external_consumer,
        campaign: Some(CampaignInfo {
            campaign: Some(SECRET.to_owned()),
            engagement: Some(SECRET.to_owned()),
        }),
        context: Some(secret_json()),
        client_properties: Some(secret_json()),
        features,
        ..request()
    };
    open.decide(id(), NOW)
}

/// The stored form: body and state.
fn stored(entry: &LogEntry) -> (String, Option<String>) {
    let body = entry.body.to_stored(id(), ConsumerId::from_bytes([7; 32])).unwrap();
    (body, entry.state.as_deref().map(|state| serde_json::to_string(state).unwrap()))
}

fn sequence(entry: &LogEntry) -> Option<(DialogId, u64, ParticipantId, ParticipantRole, Audience)> {
    match &entry.body {
        EntryBody::Event(event) => {
            Some((event.dialog, event.sequence, event.originator, event.role, event.audience))
        }
        EntryBody::Changed { .. } => None,
    }
}

fn replayed<'e>(entries: impl IntoIterator<Item = &'e LogEntry>) -> Conversation {
    let mut entries = entries.into_iter();
    let mut state = Conversation::clone(entries.next().unwrap().state.as_ref().unwrap());
    entries.for_each(|entry| state.apply(entry));
    state
}

proptest! {
    #[test]
    fn nothing_that_was_written_is_left_and_everything_that_counts_is(
        plain in prop::sample::select(vec![None, None, Some("x"), Some("erased"), Some("null")]),
        commands in prop::collection::vec((actor(), command()), 0..90),
    ) {
        let mut log = opening(plain).entries;
        let mut state = replayed(&log);
        let words = auto::offer(r#"{"welcome":"xyzzy","agent_joined":"xyzzy","closed_by_agent":"xyzzy"}"#);
        for (actor, command) in commands {
            if let Ok(Decision::Append { change, .. }) = state.decide_saying(Some(&words), actor, command, NOW) {
                change.entries.iter().for_each(|entry| state.apply(entry));
                log.extend(change.entries);
            }
        }
        let erased: Vec<_> = log.iter().map(|entry| entry.erased(LATER)).collect();
        for (entry, tombstone) in log.iter().zip(&erased) {
            let (before, after) = (stored(entry), stored(tombstone));
            let text = format!("{after:?}");
            prop_assert!(!text.contains(SECRET), "{text}");
            prop_assert!(after.0.len() <= before.0.len(), "{before:?} {after:?}");
            prop_assert!(after.1.map(|text| text.len()) <= before.1.map(|text| text.len()));
            prop_assert_eq!((entry.version, entry.at), (tombstone.version, tombstone.at));
            prop_assert_eq!(sequence(entry), sequence(tombstone));
            prop_assert_eq!(tombstone, &tombstone.erased(EpochMillis(LATER.0 + 1)), "once is for ever");
        }
        let left = replayed(&erased);
        prop_assert_eq!(&left, &state.erased(LATER), "tombstones replay to the tombstone of the state");
        prop_assert_eq!(left.tally(), state.tally());
        let text = serde_json::to_string(&left).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Conversation>(&text).unwrap(), &left);
    }
}

#[test]
fn receipts_keep_what_they_name() {
    let state = open();
    let text = r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[0,2],"contextData":{"a":1}}"#;
    let Ok(Decision::Append { change, .. }) = state.decide(consumer(), publish(event(text)), NOW) else {
        panic!("not stored")
    };
    let EntryBody::Event(left) = change.entries[0].erased(LATER).body else { panic!("no event") };
    let bare = r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[0,2]}"#;
    assert_eq!((left.kind, left.event.as_str()), (EventKind::AcceptStatus, bare));
}

#[test]
fn nothing_happens_in_an_erased_conversation_any_more() {
    let mut state = open();
    run(&mut state, update(vec![FieldChange::CloseConversation]), NOW).unwrap();
    let state = state.erased(LATER);
    let rate = FieldChange::Csat(Csat { rate: Some(5), resolved: None, status: CsatStatus::Filled });
    assert_eq!(refusal(&state, consumer(), vec![rate]), Refusal::Closed);
    assert_eq!(refusal(&state, manager(3), vec![FieldChange::Note("n".to_owned())]), Refusal::Closed);
}
