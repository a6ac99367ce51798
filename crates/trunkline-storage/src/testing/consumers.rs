//! Consumer profiles.

use std::sync::Arc;

use trunkline_model::ConsumerProfile;
use trunkline_wire::{EpochMillis, JsonText};

use super::samples::{account_id, brand, consumer};
use crate::Storage;

fn profile(text: &str, at: i64) -> ConsumerProfile {
    let profile = JsonText::normalise(text).expect("the sample is JSON");
    ConsumerProfile { profile, updated_at: EpochMillis(at) }
}

/// A profile replaces the one before as a whole.
pub async fn a_profile_is_replaced(storage: Arc<dyn Storage>) {
    assert_eq!(storage.consumer_profile(&brand(), consumer(1)).await.expect("read"), None);
    for given in [profile(r#"{"firstName":"Zoë"}"#, 1), profile(r#"{"lastName":"😀"}"#, 2)] {
        storage.set_consumer_profile(&brand(), consumer(1), given.clone()).await.expect("stored");
        assert_eq!(storage.consumer_profile(&brand(), consumer(1)).await.expect("read"), Some(given));
    }
}

/// The same consumer id in another account is somebody else.
pub async fn profiles_are_scoped_by_account(storage: Arc<dyn Storage>) {
    storage.set_consumer_profile(&brand(), consumer(1), profile("{}", 1)).await.expect("stored");
    let other = account_id("other");
    assert_eq!(storage.consumer_profile(&other, consumer(1)).await.expect("read"), None);
    assert_eq!(storage.consumer_profile(&brand(), consumer(2)).await.expect("read"), None);
}

/// Removing one that is not there is no error.
pub async fn a_removed_profile_is_gone(storage: Arc<dyn Storage>) {
    for number in [1, 2] {
        storage.set_consumer_profile(&brand(), consumer(number), profile("{}", 1)).await.expect("stored");
    }
    let other = account_id("other");
    assert!(!storage.remove_consumer_profile(&other, consumer(1)).await.expect("nothing there"));
    assert!(storage.remove_consumer_profile(&brand(), consumer(1)).await.expect("removed"));
    assert!(!storage.remove_consumer_profile(&brand(), consumer(1)).await.expect("nothing there"));
    assert_eq!(storage.consumer_profile(&brand(), consumer(1)).await.expect("read"), None);
    assert!(storage.consumer_profile(&brand(), consumer(2)).await.expect("read").is_some());
}
