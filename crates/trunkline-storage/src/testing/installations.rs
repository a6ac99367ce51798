//! App installations.

use std::sync::Arc;

use trunkline_model::{AppState, PreviousSecret, SealedSecret};

use super::samples::{NOW, account_id, brand, installation};
use crate::{Error, Storage};

/// What was stored comes back, secrets and state included.
pub async fn an_installation_is_found_again(storage: Arc<dyn Storage>) {
    let mut app = installation(1, "one");
    app.secrets.previous =
        Some(PreviousSecret { secret: SealedSecret::from_ciphertext(vec![9]), valid_until: NOW });
    app.state = AppState::Disabled;
    let revision = storage.create_installation(app.clone(), None).await.expect("stored");
    let found = storage.installation(&brand(), app.id).await.expect("read");
    assert_eq!(found, (Some(app), revision));
    let unknown = storage.installation(&brand(), installation(2, "two").id).await.expect("read");
    assert_eq!(unknown, (None, revision));
}

/// The revision counts the writes of the account, from 1.
pub async fn every_write_bumps_the_revision(storage: Arc<dyn Storage>) {
    assert_eq!(storage.installations(&brand()).await.expect("read"), (vec![], 0));
    assert_eq!(storage.create_installation(installation(1, "one"), None).await.expect("stored"), 1);
    assert_eq!(storage.create_installation(installation(2, "two"), Some(1)).await.expect("stored"), 2);
    assert_eq!(storage.update_installation(installation(1, "uno"), Some(2)).await.expect("stored"), 3);
    let (list, revision) = storage.installations(&brand()).await.expect("read");
    assert_eq!((list, revision), (vec![installation(1, "uno"), installation(2, "two")], 3));
}

/// A write with a stale revision changes nothing, the revision included.
pub async fn a_stale_revision_changes_nothing(storage: Arc<dyn Storage>) {
    storage.create_installation(installation(1, "one"), Some(0)).await.expect("stored");
    for stale in [0, 2] {
        let create = storage.create_installation(installation(2, "two"), Some(stale)).await;
        assert!(matches!(create, Err(Error::StaleRevision)));
        let update = storage.update_installation(installation(1, "uno"), Some(stale)).await;
        assert!(matches!(update, Err(Error::StaleRevision)));
    }
    assert_eq!(storage.installations(&brand()).await.expect("read"), (vec![installation(1, "one")], 1));
}

/// Two apps of one account that are not deleted have different names.
pub async fn a_client_name_is_taken_once_per_account(storage: Arc<dyn Storage>) {
    storage.create_installation(installation(1, "one"), None).await.expect("stored");
    storage.create_installation(installation(2, "two"), None).await.expect("stored");
    let create = storage.create_installation(installation(3, "one"), None).await;
    assert!(matches!(create, Err(Error::Duplicate(_))));
    let update = storage.update_installation(installation(2, "one"), None).await;
    assert!(matches!(update, Err(Error::Duplicate(_))));
    assert_eq!(storage.installations(&brand()).await.expect("read").1, 2);

    let mut elsewhere = installation(4, "one");
    elsewhere.account = account_id("other");
    storage.create_installation(elsewhere, None).await.expect("another account has its own names");
}

/// A deleted app is not listed and cannot be changed, is still found by id, and its name is free.
pub async fn a_deleted_installation_is_a_tombstone(storage: Arc<dyn Storage>) {
    storage.create_installation(installation(1, "one"), None).await.expect("stored");
    let mut deleted = installation(1, "one");
    deleted.state = AppState::Deleted { at: NOW };
    assert_eq!(storage.update_installation(deleted.clone(), Some(1)).await.expect("stored"), 2);
    assert_eq!(storage.installations(&brand()).await.expect("read"), (vec![], 2));
    assert_eq!(storage.installation(&brand(), deleted.id).await.expect("read"), (Some(deleted), 2));
    let again = storage.update_installation(installation(1, "one"), Some(0)).await;
    assert!(matches!(again, Err(Error::NotFound)), "gone, whatever the revision");
    storage.create_installation(installation(2, "one"), None).await.expect("the name is free");
}

/// Updating needs something to update.
pub async fn an_unknown_installation_is_not_updated(storage: Arc<dyn Storage>) {
    let update = storage.update_installation(installation(1, "one"), None).await;
    assert!(matches!(update, Err(Error::NotFound)));
    assert_eq!(storage.installations(&brand()).await.expect("read"), (vec![], 0));
}

/// Neither apps nor revisions are seen from another account.
pub async fn installations_are_scoped_by_account(storage: Arc<dyn Storage>) {
    let app = installation(1, "one");
    storage.create_installation(app.clone(), None).await.expect("stored");
    let other = account_id("other");
    assert_eq!(storage.installations(&other).await.expect("read"), (vec![], 0));
    assert_eq!(storage.installation(&other, app.id).await.expect("read"), (None, 0));
    let mut foreign = app;
    foreign.account = other;
    assert!(matches!(storage.update_installation(foreign, None).await, Err(Error::NotFound)));
}

/// Apps are listed in the order in which they were created, whatever their ids.
pub async fn installations_are_listed_oldest_first(storage: Arc<dyn Storage>) {
    for number in [3, 1, 2] {
        let app = installation(number, &number.to_string());
        storage.create_installation(app, None).await.expect("stored");
    }
    let (list, _) = storage.installations(&brand()).await.expect("read");
    let names: Vec<_> = list.iter().map(|app| app.manifest.client_name.as_str()).collect();
    assert_eq!(names, ["3", "1", "2"]);
}
