//! Delivering once more.

use std::time::Duration;

use trunkline_model::{Clock as _, LogPosition};
use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::{AppInstallationId, ConversationId, DeliveryId, EpochMillis};
use uuid::Uuid;

use super::Fixture;
use super::actor::{Actor, record, store};
use crate::Error;
use crate::auth::tests::account;
use crate::webhooks::{AppCommand, Replay, ReplayError, ReplayRequest, WebhookError};

/// What delivery was asked for, and what the operator learned.
async fn replay(
    fixture: &Fixture,
    app: AppInstallationId,
    request: ReplayRequest,
    answer: Result<(), ReplayError>,
) -> (Option<Replay>, Result<(), WebhookError>) {
    let mut actor = Actor::of(&fixture.hub, app);
    let mut asked = None;
    let obey = async |command| match command {
        AppCommand::Replay { replay, done } => {
            asked = Some(replay);
            done.send(answer).unwrap();
        }
        AppCommand::Flush { done } => done.send(()).unwrap(),
        other @ AppCommand::Resume { .. } => panic!("{other:?}"),
    };
    let admin = fixture.admin();
    let outcome = actor.during(fixture.webhooks.replay(&admin, app, request), obey).await;
    (asked, outcome)
}

async fn asked(fixture: &Fixture, app: AppInstallationId, request: ReplayRequest) -> Replay {
    let (asked, outcome) = replay(fixture, app, request, Ok(())).await;
    outcome.unwrap();
    asked.expect("delivery was asked")
}

async fn refused(fixture: &Fixture, app: AppInstallationId, request: ReplayRequest) -> WebhookError {
    let (asked, outcome) = replay(fixture, app, request, Ok(())).await;
    assert_eq!(asked, None, "delivery was asked");
    outcome.unwrap_err()
}

#[tokio::test]
async fn a_delivery_stands_for_its_event() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    let (event, typing) = (record(1, WebhookEvent::Content), record(2, WebhookEvent::ChatState));
    store(&*fixture.world.storage, app, vec![event.clone(), typing]).await;
    let replay = |id| ReplayRequest::Delivery(DeliveryId::from_number(id));
    assert_eq!(
        asked(&fixture, app, replay(1)).await,
        Replay::Event { conversation: event.conversation, version: event.version }
    );
    let typing = refused(&fixture, app, replay(2)).await;
    assert!(matches!(&typing, WebhookError::Invalid(text) if text.contains("chat state")), "{typing:?}");
    let unknown = refused(&fixture, app, replay(3)).await;
    assert!(matches!(unknown, WebhookError::Service(Error::NotFound("delivery"))), "{unknown:?}");
}

#[tokio::test]
async fn a_conversation_is_delivered_from_a_version_that_it_has() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    let id = fixture.conversation(account("10020030")).await;
    let whole = ReplayRequest::Conversation { id, from: 1 };
    assert_eq!(asked(&fixture, app, whole).await, Replay::Conversation { conversation: id, from: 1 });
    for from in [0, 2, u64::MAX] {
        let error = refused(&fixture, app, ReplayRequest::Conversation { id, from }).await;
        assert!(matches!(error, WebhookError::Invalid(_)), "{from}: {error:?}");
    }
    let foreign = fixture.conversation(account("20030040")).await;
    for id in [foreign, ConversationId::from_uuid(Uuid::from_u128(1))] {
        let error = refused(&fixture, app, ReplayRequest::Conversation { id, from: 1 }).await;
        assert!(matches!(error, WebhookError::Service(Error::NotFound("conversation"))), "{error:?}");
    }
}

#[tokio::test]
async fn a_moment_stands_for_the_place_before_it() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    let start = fixture.world.clock.now();
    fixture.conversation(account("10020030")).await;
    fixture.world.clock.advance(Duration::from_hours(1));
    fixture.conversation(account("10020030")).await;
    let since = |millis| ReplayRequest::Since(EpochMillis(start.0 + millis));
    assert_eq!(asked(&fixture, app, since(0)).await, Replay::After(LogPosition::START));
    assert_eq!(asked(&fixture, app, since(3_600_000)).await, Replay::After(LogPosition(1)));
    for nothing in [since(3_600_001), ReplayRequest::Since(EpochMillis(i64::MAX))] {
        let error = refused(&fixture, app, nothing).await;
        assert!(matches!(error, WebhookError::Replay(ReplayError::Unknown)), "{error:?}");
    }
}

#[tokio::test]
async fn what_delivery_answers_is_passed_on() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    for refusal in [ReplayError::Unknown, ReplayError::NothingLost, ReplayError::Busy, ReplayError::Store] {
        let (asked, outcome) = replay(&fixture, app, ReplayRequest::Outage, Err(refusal)).await;
        assert_eq!(asked, Some(Replay::Outage));
        let error = outcome.unwrap_err();
        assert!(matches!(error, WebhookError::Replay(passed) if passed == refusal), "{error:?}");
    }
}
