//! Reading logs in slices and within bounds.

use std::time::Duration;

use trunkline_model::Role;
use trunkline_model::conversation::{ConversationChange, Membership};

use super::*;
use crate::auth::tests::World;
use crate::history::History;
use crate::history::access::{Access, Verdict};
use crate::history::reader::{Reader, SLICE, cost};

pub(super) const TEXT: &str = r#"{"type":"ContentEvent","contentType":"text/plain","message":"hello"}"#;

/// A stored conversation of so many messages, closed in the end.
async fn stored(world: &World, messages: usize) -> Talk {
    let mut talk = Talk::begin();
    for _ in 0..messages {
        talk.publish(consumer(), DialogId::Main(id()), TEXT, Audience::All);
    }
    talk.change(consumer(), FieldChange::CloseConversation);
    commit(world, &talk).await;
    talk
}

/// Stores the conversation of a talk.
pub(super) async fn commit(world: &World, talk: &Talk) {
    let change = ConversationChange {
        account: world.account.clone(),
        conversation: id(),
        consumer: consumer_id(),
        expected_version: 0,
        entries: talk.log.clone(),
        tally: None,
    };
    world.storage.commit(change).await.unwrap();
}

#[tokio::test]
async fn a_log_is_read_to_its_end_whatever_its_length() {
    for messages in [0, SLICE - 3, SLICE - 2, SLICE - 1, 3 * SLICE + 5] {
        let world = World::new().await;
        let talk = stored(&world, messages).await;
        let reader = Reader { storage: &*world.storage, account: &world.account, pace: None };
        let loaded = reader.load(id(), usize::MAX).await.unwrap().unwrap();
        assert_eq!(loaded.transcript.messages.len(), messages);
        assert_eq!(*loaded.transcript.state, talk.state);
        assert!(!loaded.is_partial);
    }
}

#[tokio::test]
async fn what_is_cut_has_its_present_state() {
    let world = World::new().await;
    let talk = stored(&world, 50).await;
    let reader = Reader { storage: &*world.storage, account: &world.account, pace: None };
    let whole = reader.load(id(), usize::MAX).await.unwrap().unwrap();
    let half = reader.load(id(), whole.bytes / 2).await.unwrap().unwrap();
    assert!(half.is_partial && half.bytes <= whole.bytes / 2);
    assert_eq!(*half.transcript.state, talk.state);
    let read = half.transcript.messages.len();
    assert!((10..40).contains(&read));
    assert_eq!(half.transcript.messages, whole.transcript.messages[..read]);
    let nothing = reader.load(id(), 0).await.unwrap().unwrap();
    assert!(nothing.is_partial && nothing.transcript.messages.is_empty());
    let by = whole.transcript.opened_by;
    let dropped = whole.within(0);
    assert!(dropped.is_partial && dropped.transcript.messages.is_empty());
    assert_eq!(*dropped.transcript.state, talk.state);
    assert_eq!((dropped.transcript.opened_by, by), (by, Some(ParticipantId::Consumer(consumer_id()))));
}

/// Whoever took part is found where he came; who did not costs the whole log, but no more than a request may read.
#[tokio::test]
async fn who_took_part_is_found_within_a_bound() {
    let world = World::new().await;
    let mut talk = Talk::begin();
    talk.try_run(agent(1), Command::AcceptRing);
    let leaving = Membership { agent: user(1), role: ParticipantRole::AssignedAgent, dialog: None };
    talk.change(agent(1), FieldChange::Leave(leaving));
    talk.try_run(agent(2), Command::AcceptRing);
    for _ in 0..5 * SLICE {
        talk.publish(consumer(), DialogId::Main(id()), TEXT, Audience::All);
    }
    commit(&world, &talk).await;
    let reader = Reader { storage: &*world.storage, account: &world.account, pace: None };
    let all: usize = talk.log.iter().map(cost).sum();
    for (who, budget, verdict, most_read) in [
        (Access::Every, 0, Verdict::Allowed, 0),
        (Access::Own(user(2)), 0, Verdict::Allowed, 0),
        (Access::Own(user(1)), usize::MAX, Verdict::Allowed, all / 4),
        (Access::Own(user(3)), usize::MAX, Verdict::Denied, all),
        (Access::Own(user(3)), all / 2, Verdict::Unknown, all / 2),
    ] {
        let mut left = budget;
        assert_eq!(who.decide(&reader, id(), &mut left).await.unwrap(), verdict, "{who:?}");
        assert!(budget - left <= most_read, "{who:?} {}", budget - left);
    }
    let elsewhere = AccountId::parse("20030040").unwrap();
    let reader = Reader { storage: &*world.storage, account: &elsewhere, pace: None };
    let mut left = usize::MAX;
    let foreign = Access::Own(user(2)).decide(&reader, id(), &mut left).await.unwrap();
    assert_eq!(foreign, Verdict::Denied);
}

#[tokio::test]
async fn who_names_a_conversation_waits_behind_no_search() {
    let world = World::new().await;
    stored(&world, 1).await;
    world.user("boss", Role::Manager).await;
    let session = world.login("boss").await.session;
    let caller = world.auth.signed_in(&world.account, Some(session.bearer.expose())).await.unwrap();
    let history = History::new(world.storage.clone(), world.users.clone(), world.clock.clone());
    let _searches = (history.searches.take().await.unwrap(), history.searches.take().await.unwrap());
    let search = serde_json::from_value(json!({"conversationId": id()})).unwrap();
    let found = history.conversations(&caller, &search, Style::default());
    let found = tokio::time::timeout(Duration::from_secs(10), found).await.expect("it has its own turn");
    assert_eq!(found.unwrap().records.len(), 1);
}

#[tokio::test]
async fn nothing_is_read_across_accounts() {
    let world = World::new().await;
    stored(&world, 1).await;
    let elsewhere = AccountId::parse("20030040").unwrap();
    let reader = Reader { storage: &*world.storage, account: &elsewhere, pace: None };
    assert!(reader.load(id(), usize::MAX).await.unwrap().is_none());
}
