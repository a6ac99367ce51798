//! Exports: order, completeness, bounds.

use trunkline_model::Role;
use trunkline_wire::history::Record;

use super::reading::{TEXT, commit};
use super::*;
use crate::Error;
use crate::auth::tests::World;
use crate::history::export::LISTED;
use crate::history::{Export, History};

/// The id of a conversation that was started so many milliseconds after the first.
fn id_of(number: u64) -> ConversationId {
    let millis = u64::try_from(START.0).unwrap() + number;
    ConversationId::from_uuid(Uuid::from_u128(u128::from(millis) << 80 | 0x7000_8000_0000_0000_0000))
}

async fn store(world: &World, account: &AccountId, number: u64) {
    let mut consumer = [7; 32];
    consumer[..8].copy_from_slice(&number.to_be_bytes());
    let open = OpenConversation {
        account: account.clone(),
        consumer: ConsumerId::from_bytes(consumer),
        external_consumer: ExternalConsumerId::parse("crm-4711").unwrap(),
        app: Some(AppInstallationId::from_uuid(Uuid::from_u128(1))),
        skill: SkillId::UNASSIGNED,
        ttr: Ttr { kind: TtrType::Prioritized, seconds: 600 },
        campaign: None,
        context: None,
        client_properties: None,
        features: Vec::new(),
    };
    let at = EpochMillis(START.0 + i64::try_from(number).unwrap());
    world.storage.commit(open.decide(id_of(number), at)).await.unwrap();
}

/// A history of so many conversations.
async fn history_of(conversations: u64) -> (World, Arc<History>) {
    let world = World::new().await;
    for number in 0..conversations {
        store(&world, &world.account, number).await;
    }
    let history = History::new(world.storage.clone(), world.users.clone(), world.clock.clone());
    (world, Arc::new(history))
}

async fn begin(
    world: &World,
    history: &Arc<History>,
    since: Option<EpochMillis>,
    after: Option<ConversationId>,
) -> Export {
    history.export(&world.admin(), since, after).await.unwrap()
}

async fn rest(mut export: Export) -> Vec<Record> {
    let mut all = Vec::new();
    while let Some(records) = export.next().await.unwrap() {
        assert!(!records.is_empty());
        all.extend(records);
    }
    assert!(export.next().await.unwrap().is_none(), "the end is the end");
    all
}

fn ids(records: &[Record]) -> Vec<ConversationId> {
    records.iter().map(|record| record.info.conversation_id).collect()
}

fn expected(numbers: impl Iterator<Item = u64>) -> Vec<ConversationId> {
    numbers.map(id_of).collect()
}

#[tokio::test]
async fn everything_comes_once_in_the_order_of_its_start() {
    let listed = u64::try_from(LISTED).unwrap();
    for count in [0, 1, listed - 1, listed, listed + 1, 2 * listed, 2 * listed + 7] {
        let (world, history) = history_of(count).await;
        let elsewhere = AccountId::parse("20030040").unwrap();
        // Later than all: it must not take the place of the last one.
        store(&world, &elsewhere, count + 5).await;
        let all = rest(begin(&world, &history, None, None).await).await;
        assert_eq!(ids(&all), expected(0..count), "{count}");
        let other = history.export(&world.operator.account_admin(elsewhere), None, None).await.unwrap();
        assert_eq!(ids(&rest(other).await), expected(count + 5..count + 6));
    }
}

#[tokio::test]
async fn it_goes_on_after_any_conversation_and_begins_at_any_moment() {
    let count = 2 * u64::try_from(LISTED).unwrap() + 3;
    let (world, history) = history_of(count).await;
    for number in [0, 1, 98, 99, 100, 101, count - 2, count - 1] {
        let at = EpochMillis(START.0 + i64::try_from(number).unwrap());
        let since = rest(begin(&world, &history, Some(at), None).await).await;
        assert_eq!(ids(&since), expected(number..count));
        let after = rest(begin(&world, &history, None, Some(id_of(number))).await).await;
        assert_eq!(ids(&after), expected(number + 1..count));
    }
    let both = begin(&world, &history, Some(EpochMillis(START.0 + 50)), Some(id_of(10))).await;
    assert_eq!(ids(&rest(both).await), expected(50..count));
    // It may be gone by now.
    let gone = begin(&world, &history, None, Some(id_of(count + 100))).await;
    assert_eq!(ids(&rest(gone).await), []);
}

/// Otherwise it might never end.
#[tokio::test]
async fn what_begins_meanwhile_does_not_make_it_longer() {
    let count = u64::try_from(LISTED).unwrap() + 1;
    let (world, history) = history_of(count).await;
    let mut export = begin(&world, &history, None, None).await;
    let (mut all, mut next) = (Vec::new(), count);
    while let Some(records) = export.next().await.unwrap() {
        all.extend(records);
        for _ in 0..2 * LISTED {
            store(&world, &world.account, next).await;
            next += 1;
        }
    }
    assert_eq!(ids(&all), expected(0..count));
}

#[tokio::test]
async fn a_line_is_what_history_says() {
    let (world, history) = history_of(1).await;
    let mut talk = Talk::begin();
    talk.try_run(agent(1), Command::AcceptRing);
    talk.publish(consumer(), DialogId::Main(id()), TEXT, Audience::All);
    talk.publish(agent(1), DialogId::Main(id()), TEXT, Audience::AgentsAndManagers);
    // Its id comes after all others.
    commit(&world, &talk).await;
    world.user("boss", Role::Manager).await;
    let session = world.login("boss").await.session;
    let caller = world.auth.signed_in(&world.account, Some(session.bearer.expose())).await.unwrap();
    let everything = serde_json::to_value(Contents::everything()).unwrap();
    let search = json!({"conversationIds": [id_of(0), id()], "contentToRetrieve": everything});
    let search = serde_json::from_value(search).unwrap();
    let found = history.conversations(&caller, &search, Style { typed: true }).await.unwrap();
    let all = rest(begin(&world, &history, None, None).await).await;
    assert_eq!(all, found.records);
    let record = serde_json::to_value(&all[1]).unwrap();
    let messages = record["messageRecords"].as_array().unwrap();
    let audiences: Vec<_> = messages.iter().map(|message| &message["audience"]).collect();
    assert_eq!(audiences, ["ALL", "AGENTS_AND_MANAGERS"]);
    // Everything but what there is not.
    let names: Vec<_> = record.as_object().unwrap().keys().map(String::as_str).collect();
    let absent = ["campaign", "summary"];
    for name in everything.as_array().unwrap() {
        let name = name.as_str().unwrap();
        assert!(names.contains(&name) || absent.contains(&name), "{name}");
    }
}

#[tokio::test]
async fn what_is_handed_over_at_once_is_bounded() {
    let (world, history) = history_of(3).await;
    let mut talk = Talk::begin();
    for _ in 0..2000 {
        talk.publish(consumer(), DialogId::Main(id()), TEXT, Audience::All);
    }
    commit(&world, &talk).await;
    for number in [4, 5] {
        // In the list behind the long one, whose id is higher than any of version 7 of our days.
        store(&world, &world.account, number).await;
    }
    let mut export = begin(&world, &history, None, None).await;
    let whole = export.next().await.unwrap().unwrap();
    assert_eq!(ids(&whole).last(), Some(&id()));
    assert_eq!(whole[5].message_records.as_ref().unwrap().len(), 2000);
    assert!(!whole[5].info.is_partial);
    assert!(export.next().await.unwrap().is_none());

    let mut export = begin(&world, &history, None, None).await;
    export.record_bytes = 100 * 1024;
    let cut = rest(export).await;
    assert_eq!(ids(&cut), ids(&whole), "what is too long is cut, not left out");
    assert!(cut[5].info.is_partial && !cut[4].info.is_partial);
    let kept = cut[5].message_records.as_ref().unwrap();
    assert!((50..400).contains(&kept.len()), "{}", kept.len());
}

/// About half a megabyte is handed over at once, however much is listed.
#[tokio::test]
async fn long_conversations_come_a_few_at_a_time() {
    let (world, history) = history_of(0).await;
    let long =
        format!(r#"{{"type":"ContentEvent","contentType":"text/plain","message":"{}"}}"#, "x".repeat(4000));
    for number in 0..4 {
        store(&world, &world.account, number).await;
        let mut state = world.storage.conversation(&world.account, id_of(number)).await.unwrap().unwrap();
        for _ in 0..80 {
            let event = Event::from_js(JsValue::parse(&long).unwrap()).unwrap();
            let publish = Publish {
                dialog: DialogId::Main(id_of(number)),
                conversation: None,
                event,
                metadata: None,
                encoded_metadata: None,
                audience: Audience::All,
            };
            let actor = Actor::Consumer(ParticipantId::Consumer(state.consumer));
            let Ok(Decision::Append { change, .. }) = state.decide(actor, Command::Publish(publish), START)
            else {
                panic!("a consumer may speak");
            };
            for entry in &change.entries {
                state.apply(entry);
            }
            world.storage.commit(change).await.unwrap();
        }
    }
    let mut export = begin(&world, &history, None, None).await;
    let mut batches = Vec::new();
    while let Some(records) = export.next().await.unwrap() {
        batches.push(records.len());
    }
    assert_eq!(batches, [2, 2]);
}

#[tokio::test]
async fn few_exports_run_at_once_and_none_keeps_a_search_waiting() {
    let (world, history) = history_of(3).await;
    let admin = world.admin();
    let mut exports = Vec::new();
    for _ in 0..crate::history::EXPORTS {
        let mut export = begin(&world, &history, None, None).await;
        assert_eq!(export.next().await.unwrap().unwrap().len(), 3);
        exports.push(export);
    }
    let refused = history.export(&admin, None, None).await;
    assert!(matches!(refused, Err(Error::Overloaded)), "{refused:?}");
    // Nobody reads on, and every turn is free all the same.
    let _turns = (history.searches.take().await.unwrap(), history.searches.take().await.unwrap());
    exports.pop();
    assert!(history.export(&admin, None, None).await.is_ok());
}
