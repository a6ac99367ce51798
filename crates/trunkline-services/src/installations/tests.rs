mod store;

use std::sync::atomic::{AtomicU8, Ordering};

use trunkline_model::AppState;
use trunkline_wire::EpochMillis;

use super::*;
use crate::auth::Operator;
use store::MemoryStore;

const NOW: EpochMillis = EpochMillis(1_700_000_000_123);

#[derive(Debug)]
struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> EpochMillis {
        NOW
    }
}

#[derive(Debug, Default)]
struct CountingRng(AtomicU8);

impl Rng for CountingRng {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

struct Fixture {
    store: Arc<MemoryStore>,
    registry: Arc<Registry>,
    installations: Arc<Installations>,
    admin: AccountAdmin,
}

impl Fixture {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let as_storage: Arc<dyn storage::Installations> = store.clone();
        let registry = Arc::new(Registry::new(Arc::clone(&as_storage), 100));
        let installations = Installations::new(
            as_storage,
            Arc::new(StoppedClock),
            Arc::new(CountingRng::default()),
            Arc::new(SealingKey::from_bytes([7; 32])),
            Arc::clone(&registry),
            EndpointPolicy::Https,
            Arc::default(),
        );
        let admin = Operator::this_process().account_admin(AccountId::parse("10020030").unwrap());
        Self { store, registry, installations: Arc::new(installations), admin }
    }

    async fn install(&self, name: &str) -> InstalledApp {
        self.installations.create(&self.admin, Manifest::connector(name), None).await.unwrap().0
    }

    async fn live(&self, id: AppInstallationId) -> Option<Arc<AppInstallation>> {
        self.registry.live(self.admin.account(), id).await.unwrap()
    }

    async fn revision(&self) -> Revision {
        self.installations.revision(&self.admin).await.unwrap()
    }
}

#[tokio::test]
async fn a_new_app_has_id_secret_and_time_of_issue() {
    let fixture = Fixture::new();
    let app = fixture.install("a").await;
    assert_eq!(app.app.issued_at.0, 1_700_000_000);
    assert_eq!(app.app.id.as_uuid().get_version_num(), 4);
    let secret = app.secret.expose();
    assert!(secret.len() == 26 && secret.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'v').contains(&b)));
    let sealed = app.app.secrets.current.ciphertext();
    assert!(!sealed.windows(8).any(|window| secret.as_bytes().windows(8).any(|clear| clear == window)));
    let (read, revision) = fixture.installations.get(&fixture.admin, app.app.id).await.unwrap();
    assert_eq!((read.secret.expose(), revision), (secret, 1));
    assert_eq!(read.to_wire().client_secret, secret);
    assert!(fixture.live(app.app.id).await.is_some());
}

#[tokio::test]
async fn names_are_unique_until_deleted() {
    let fixture = Fixture::new();
    let (admin, installations) = (&fixture.admin, &fixture.installations);
    let first = fixture.install("a").await;
    let second = fixture.install("b").await;
    let again = installations.create(admin, Manifest::connector("a"), None).await;
    assert!(matches!(again, Err(Error::Duplicate(message)) if message.contains("client_name")));
    let renamed = installations.update(admin, second.app.id, Manifest::connector("a"), None).await;
    assert!(matches!(renamed, Err(Error::Duplicate(_))));
    installations.delete(admin, first.app.id, None).await.unwrap();
    installations.update(admin, second.app.id, Manifest::connector("a"), None).await.unwrap();
    let (list, revision) = installations.list(admin).await.unwrap();
    assert_eq!(list.iter().map(|app| app.app.manifest.client_name.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(revision, 4, "refused writes do not count");
}

#[tokio::test]
async fn an_expected_revision_must_be_the_present_one() {
    let fixture = Fixture::new();
    let (admin, installations) = (&fixture.admin, &fixture.installations);
    let id = fixture.install("a").await.app.id;
    let stale = |result: Result<Revision, Error>| matches!(result, Err(Error::StaleRevision(7)));
    let revision = |result: Result<(InstalledApp, Revision), Error>| result.map(|(_, revision)| revision);
    assert!(stale(revision(installations.create(admin, Manifest::new("b"), Some(7)).await)));
    assert!(stale(revision(installations.update(admin, id, Manifest::new("b"), Some(7)).await)));
    assert!(stale(installations.delete(admin, id, Some(7)).await));
    assert_eq!(fixture.revision().await, 1);
    assert_eq!(revision(installations.update(admin, id, Manifest::new("b"), Some(1)).await).unwrap(), 2);
    assert_eq!(revision(installations.create(admin, Manifest::new("c"), Some(2)).await).unwrap(), 3);
    assert_eq!(installations.delete(admin, id, Some(3)).await.unwrap(), 4);
}

#[tokio::test]
async fn an_update_replaces_everything_writable_and_nothing_else() {
    let fixture = Fixture::new();
    let before = fixture.install("a").await;
    let mut manifest = Manifest::new("a");
    manifest.enabled = false;
    let id = before.app.id;
    let (after, _) = fixture.installations.update(&fixture.admin, id, manifest.clone(), None).await.unwrap();
    assert_eq!(after.app.manifest, manifest);
    assert_eq!(after.app.manifest.scope, None, "what the update leaves out is gone");
    assert_eq!((after.app.id, after.app.issued_at), (id, before.app.issued_at));
    assert_eq!(after.secret.expose(), before.secret.expose());
    assert_eq!(after.app.state, AppState::Disabled);
}

#[tokio::test]
async fn a_bad_manifest_is_refused_by_name_and_rule() {
    let fixture = Fixture::new();
    let result = fixture.installations.create(&fixture.admin, Manifest::new(" "), None).await;
    assert!(matches!(result, Err(Error::Invalid(message)) if message == "client_name must not be empty"));
}

#[tokio::test]
async fn the_registry_follows_every_write_at_once() {
    let fixture = Fixture::new();
    let (admin, installations) = (&fixture.admin, &fixture.installations);
    let id = fixture.install("a").await.app.id;
    assert!(fixture.live(id).await.is_some());
    installations.set_enabled(admin, id, false).await.unwrap();
    assert!(fixture.live(id).await.is_none());
    installations.set_enabled(admin, id, true).await.unwrap();
    assert!(fixture.live(id).await.is_some());
    let (rotated, _) = installations.rotate_secret(admin, id, Duration::from_mins(1)).await.unwrap();
    assert_eq!(fixture.live(id).await.unwrap().secrets, rotated.app.secrets);
    installations.delete(admin, id, None).await.unwrap();
    assert!(fixture.live(id).await.is_none());
    for result in [
        installations.get(admin, id).await,
        installations.update(admin, id, Manifest::new("b"), Some(99)).await,
        installations.set_enabled(admin, id, true).await,
        installations.rotate_secret(admin, id, Duration::ZERO).await,
    ] {
        assert!(matches!(result, Err(Error::NotFound(_))), "deleted is as good as unknown");
    }
    assert!(matches!(installations.delete(admin, id, None).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn an_app_is_not_live_in_another_account() {
    let fixture = Fixture::new();
    let id = fixture.install("a").await.app.id;
    let other = AccountId::parse("99").unwrap();
    assert!(fixture.registry.live(&other, id).await.unwrap().is_none());
    assert!(fixture.live(id).await.is_some());
    assert!(fixture.registry.live(&other, id).await.unwrap().is_none(), "from memory too");
}

#[tokio::test]
async fn rotation_keeps_both_secrets_for_the_overlap() {
    let fixture = Fixture::new();
    let before = fixture.install("a").await;
    let (after, _) = fixture
        .installations
        .rotate_secret(&fixture.admin, before.app.id, Duration::from_hours(1))
        .await
        .unwrap();
    assert_ne!(after.secret.expose(), before.secret.expose());
    let previous = after.app.secrets.previous.as_ref().unwrap();
    assert_eq!(previous.valid_until, NOW.plus(Duration::from_hours(1)));
    let opened = open_secret(&SealingKey::from_bytes([7; 32]), &after.app, &previous.secret).unwrap();
    assert_eq!(opened.expose(), before.secret.expose());
}

#[tokio::test]
async fn concurrent_changes_lose_nothing() {
    let fixture = Fixture::new();
    let (admin, installations) = (&fixture.admin, &fixture.installations);
    let id = fixture.install("a").await.app.id;
    let (disabled, rotated, created) = tokio::join!(
        installations.set_enabled(admin, id, false),
        installations.rotate_secret(admin, id, Duration::from_mins(1)),
        installations.create(admin, Manifest::new("b"), None),
    );
    assert!(disabled.is_ok() && created.is_ok());
    let (now, revision) = installations.get(admin, id).await.unwrap();
    assert_eq!(now.app.state, AppState::Disabled);
    assert_eq!(now.secret.expose(), rotated.unwrap().0.secret.expose());
    assert_eq!(revision, 4);
}

#[tokio::test]
async fn a_read_that_began_before_a_write_is_not_kept() {
    let fixture = Fixture::new();
    let id = fixture.install("a").await.app.id;
    let closed = MemoryStore::hold(&fixture.store.after_read);
    let mut slow = Box::pin(fixture.live(id));
    assert!(futures_pending(&mut slow), "the old state is read, not yet handed over");
    fixture.registry.put(Arc::new(disabled(&fixture, id).await));
    drop(closed);
    assert!(slow.await.is_some(), "it may still be told what it read");
    assert!(fixture.live(id).await.is_none(), "but nobody after it");
}

#[tokio::test]
async fn a_change_is_finished_even_if_its_caller_goes_away() {
    let fixture = Fixture::new();
    let id = fixture.install("a").await.app.id;
    assert!(fixture.live(id).await.is_some());
    let closed = MemoryStore::hold(&fixture.store.after_write);
    let mut change = Box::pin(fixture.installations.set_enabled(&fixture.admin, id, false));
    assert!(futures_pending(&mut change));
    tokio::task::yield_now().await;
    assert!(fixture.live(id).await.is_some(), "written, not yet told");
    drop(change);
    drop(closed);
    fixture.installations.tasks.close();
    fixture.installations.tasks.wait().await;
    assert!(fixture.live(id).await.is_none());
}

/// The app as it is in the store, but disabled, without reading through the gate.
async fn disabled(fixture: &Fixture, id: AppInstallationId) -> AppInstallation {
    let (apps, _) = fixture.installations.list(&fixture.admin).await.unwrap();
    let app = apps.into_iter().find(|app| app.app.id == id).unwrap().app;
    Change::SetEnabled(false).apply(AppInstallation::clone(&app), NOW)
}

/// Polls once.
fn futures_pending<F: Future>(future: &mut std::pin::Pin<Box<F>>) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    future.as_mut().poll(&mut context).is_pending()
}
