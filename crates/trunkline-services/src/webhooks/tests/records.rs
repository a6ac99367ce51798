//! Reading what was tried.

use trunkline_model::{DeliveryFilter, PageRequest};
use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::{AppInstallationId, DeliveryId};

use super::Fixture;
use super::actor::{Actor, record, store};
use crate::Error;
use crate::webhooks::{AppCommand, WebhookError};

async fn ids(fixture: &Fixture, app: AppInstallationId, after: Option<DeliveryId>) -> Vec<u64> {
    let page = PageRequest { after, limit: 10 };
    let page =
        fixture.webhooks.records(&fixture.admin(), app, DeliveryFilter::default(), page).await.unwrap();
    page.items.iter().map(|record| record.id.number()).collect()
}

#[tokio::test]
async fn the_first_page_has_what_delivery_has_not_written_yet() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    store(&*fixture.world.storage, app, vec![record(1, WebhookEvent::Content)]).await;
    let mut actor = Actor::of(&fixture.hub, app);
    let flush = async |command| match command {
        AppCommand::Flush { done } => {
            store(&*fixture.world.storage, app, vec![record(2, WebhookEvent::Content)]).await;
            done.send(()).unwrap();
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(actor.during(ids(&fixture, app, None), flush).await, [2, 1]);
    let refuse = async |command| panic!("{command:?}");
    assert_eq!(actor.during(ids(&fixture, app, Some(DeliveryId::from_number(2))), refuse).await, [1]);
}

#[tokio::test]
async fn records_outlive_the_delivery() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    store(&*fixture.world.storage, app, vec![record(1, WebhookEvent::Content)]).await;
    assert_eq!(ids(&fixture, app, None).await, [1], "nobody delivers");
    let actor = Actor::of(&fixture.hub, app);
    drop(actor.commands);
    assert_eq!(ids(&fixture, app, None).await, [1], "the one who did is gone");
    fixture.disable(app).await;
    assert_eq!(ids(&fixture, app, None).await, [1], "the app is disabled");
    assert_eq!(
        fixture.webhooks.record(&fixture.admin(), app, DeliveryId::from_number(1)).await.unwrap(),
        record(1, WebhookEvent::Content)
    );
}

#[tokio::test]
async fn one_record_is_found_before_it_is_written() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    let mut actor = Actor::of(&fixture.hub, app);
    let admin = fixture.admin();
    let flush = async |command| match command {
        AppCommand::Flush { done } => {
            store(&*fixture.world.storage, app, vec![record(7, WebhookEvent::Content)]).await;
            done.send(()).unwrap();
        }
        other => panic!("{other:?}"),
    };
    let call = fixture.webhooks.record(&admin, app, DeliveryId::from_number(7));
    assert_eq!(actor.during(call, flush).await.unwrap(), record(7, WebhookEvent::Content));
}

#[tokio::test]
async fn records_belong_to_an_app_of_an_account() {
    let fixture = Fixture::new().await;
    let app = fixture.app().await;
    store(&*fixture.world.storage, app, vec![record(1, WebhookEvent::Content)]).await;
    let id = DeliveryId::from_number(1);
    let webhooks = &fixture.webhooks;
    let page = PageRequest::first(10);
    let foreign = webhooks.records(&fixture.stranger(), app, DeliveryFilter::default(), page).await;
    assert!(matches!(foreign, Err(WebhookError::Service(Error::NotFound(_)))), "{foreign:?}");
    let foreign = webhooks.record(&fixture.stranger(), app, id).await;
    assert!(matches!(foreign, Err(WebhookError::Service(Error::NotFound(_)))), "{foreign:?}");

    let mut manifest = trunkline_wire::installations::Manifest::connector("another");
    manifest.enabled = true;
    let another = fixture.world.app_with(manifest).await.app.id;
    assert_eq!(ids(&fixture, another, None).await, [] as [u64; 0]);
    let foreign = webhooks.record(&fixture.admin(), another, id).await;
    assert!(matches!(foreign, Err(WebhookError::Service(Error::NotFound("delivery")))), "{foreign:?}");
}
