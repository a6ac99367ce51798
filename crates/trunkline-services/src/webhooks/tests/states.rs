//! Who can be asked, and what is said about those who cannot.

use trunkline_wire::AppInstallationId;
use trunkline_wire::installations::WebhookEvent;
use uuid::Uuid;

use super::Fixture;
use super::actor::{Actor, RECORDS, record};
use crate::Error;
use crate::auth::AccountAdmin;
use crate::webhooks::service::ask;
use crate::webhooks::{AppCommand, DeliveryPhase, Hub, ReplayRequest, Tailed, WebhookError, Webhooks};

/// The refusal of every call that needs a delivering app.
async fn refusals(
    webhooks: &Webhooks,
    admin: &AccountAdmin,
    app: AppInstallationId,
) -> [Option<WebhookError>; 4] {
    [
        webhooks.status(admin, app).await.err(),
        webhooks.resume(admin, app).await.err(),
        webhooks.replay(admin, app, ReplayRequest::Outage).await.err(),
        webhooks.follow(admin, app).await.err(),
    ]
}

macro_rules! assert_all_refused {
    ($fixture:expr, $admin:expr, $app:expr, $pattern:pat) => {
        for (number, refusal) in refusals(&$fixture.webhooks, &$admin, $app).await.into_iter().enumerate() {
            assert!(matches!(refusal, Some($pattern)), "call {number}: {refusal:?}");
        }
    };
}

#[tokio::test]
async fn apps_of_nobody_and_of_others_are_not_found() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    let _actor = Actor::of(&fixture.hub, app);
    let unknown = AppInstallationId::from_uuid(Uuid::from_u128(1));
    let not_found = |error| matches!(error, Some(WebhookError::Service(Error::NotFound("app installation"))));
    for (admin, app) in [(fixture.admin(), unknown), (fixture.stranger(), app)] {
        for refusal in refusals(&fixture.webhooks, &admin, app).await {
            assert!(not_found(refusal));
        }
        assert!(not_found(fixture.webhooks.test(&admin, app, None).await.err()));
    }
    fixture.world.installations.delete(&fixture.admin(), app, None).await.unwrap();
    assert_all_refused!(
        fixture,
        fixture.admin(),
        app,
        WebhookError::Service(Error::NotFound("app installation"))
    );
}

#[tokio::test]
async fn why_nothing_is_delivered_is_said() {
    let fixture = Fixture::new().await;
    let idle = fixture.app_with([]).await;
    let _actor = Actor::of(&fixture.hub, idle);
    assert_all_refused!(fixture, fixture.admin(), idle, WebhookError::NoWebhooks);

    // Disabled counts even before delivery has noticed.
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    let _actor = Actor::of(&fixture.hub, app);
    fixture.disable(app).await;
    assert_all_refused!(fixture, fixture.admin(), app, WebhookError::Disabled);
}

#[tokio::test]
async fn a_delivery_that_is_gone_is_said_to_be() {
    let fixture = Fixture::new().await;
    let (app, admin) = (fixture.app().await, fixture.admin());
    tokio::time::pause();
    assert_all_refused!(fixture, admin, app, WebhookError::NotRunning);
    let actor = Actor::of(&fixture.hub, app);
    drop(actor.commands);
    let gone = fixture.webhooks.resume(&admin, app).await;
    assert!(matches!(gone, Err(WebhookError::NotRunning)), "{gone:?}");
}

#[tokio::test]
async fn a_delivery_that_is_beginning_is_waited_for() {
    let fixture = Fixture::new().await;
    let (app, admin) = (fixture.app().await, fixture.admin());
    let begin = async {
        tokio::task::yield_now().await;
        Actor::of(&fixture.hub, app)
    };
    let (status, _actor) = tokio::join!(fixture.webhooks.status(&admin, app), begin);
    assert_eq!(status.unwrap().phase, DeliveryPhase::Up);
}

#[tokio::test]
async fn an_actor_that_drops_a_question_is_not_running() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    let mut actor = Actor::of(&fixture.hub, app);
    let admin = fixture.admin();
    let resumed = actor.during(fixture.webhooks.resume(&admin, app), async |command| drop(command)).await;
    assert!(matches!(resumed, Err(WebhookError::NotRunning)), "{resumed:?}");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let hub = Hub::default();
    let app = AppInstallationId::from_uuid(Uuid::from_u128(1));
    let actor = Actor::of(&hub, app);
    // The first command is taken by the queue and never answered, the second one finds the queue full.
    for _ in 0..2 {
        let asked = ask(&actor.handle, |done| AppCommand::Resume { done }).await;
        assert!(matches!(asked, Err(WebhookError::Busy(_))), "{asked:?}");
    }
}

#[tokio::test]
async fn operators_and_the_app_itself_resume() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    let mut actor = Actor::of(&fixture.hub, app);
    let world = &fixture.world;
    let admin = fixture.admin();
    let (installed, _) = world.installations.get(&admin, app).await.unwrap();
    let token = world.app_jwt(&installed).await;
    let caller = world.auth.app_caller(&world.account, Some(&token)).await.unwrap();

    let mut resumed = 0;
    let mut obey = async |command| match command {
        AppCommand::Resume { done } => {
            resumed += 1;
            done.send(()).unwrap();
        }
        other => panic!("{other:?}"),
    };
    actor.during(fixture.webhooks.resume(&admin, app), &mut obey).await.unwrap();
    actor.during(fixture.webhooks.resume_own(&caller), &mut obey).await.unwrap();
    assert_eq!(resumed, 2);
}

#[tokio::test]
async fn the_status_is_the_newest_one() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    let actor = Actor::of(&fixture.hub, app);
    assert_eq!(fixture.webhooks.status(&fixture.admin(), app).await.unwrap().phase, DeliveryPhase::Up);
    actor.status.send_modify(|status| status.phase = DeliveryPhase::Failed);
    assert_eq!(fixture.webhooks.status(&fixture.admin(), app).await.unwrap().phase, DeliveryPhase::Failed);
}

#[tokio::test]
async fn a_follower_gets_what_happens_from_now_on_and_is_told_what_it_missed() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    let actor = Actor::of(&fixture.hub, app);
    actor.say(record(1, WebhookEvent::Content));
    let mut tail = fixture.webhooks.follow(&fixture.admin(), app).await.unwrap();
    let sent = record(2, WebhookEvent::Content);
    actor.say(sent.clone());
    assert_eq!(tail.next().await, Some(Tailed::Record(sent.into())));
    for id in 3..(6 + RECORDS as u64) {
        actor.say(record(id, WebhookEvent::Content));
    }
    assert_eq!(tail.next().await, Some(Tailed::Missed(3)));
    assert_eq!(tail.next().await, Some(Tailed::Record(record(6, WebhookEvent::Content).into())));
}

#[tokio::test]
async fn following_ends_with_the_delivery() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    let actor = Actor::of(&fixture.hub, app);
    let mut tail = fixture.webhooks.follow(&fixture.admin(), app).await.unwrap();
    fixture.hub.unregister(app, &actor.handle);
    drop(actor);
    assert_eq!(tail.next().await, None);
}

#[tokio::test]
async fn the_number_of_followers_is_bounded() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    let _actor = Actor::of(&fixture.hub, app);
    let mut tails = Vec::new();
    let refused = loop {
        match fixture.webhooks.follow(&fixture.admin(), app).await {
            Ok(tail) if tails.len() < 1000 => tails.push(tail),
            Ok(_) => panic!("there is no bound"),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, WebhookError::Busy(_)), "{refused:?}");
    tails.pop();
    fixture.webhooks.follow(&fixture.admin(), app).await.unwrap();
}
