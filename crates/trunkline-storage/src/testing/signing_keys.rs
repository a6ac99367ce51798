//! Signing keys.

use std::sync::Arc;

use trunkline_model::{KeyPurpose, KeyState};

use super::samples::{NOW, signing_key};
use crate::{Error, Storage};

const APP: KeyPurpose = KeyPurpose::AppJwt;
const CONSUMER: KeyPurpose = KeyPurpose::ConsumerJws;

/// Keys come back in all states, oldest first.
pub async fn keys_are_listed_oldest_first(storage: Arc<dyn Storage>) {
    let keys = [
        signing_key("c", APP, KeyState::Retired { at: NOW }, 3),
        signing_key("a", CONSUMER, KeyState::Active, 2),
        signing_key("b", APP, KeyState::Next, 1),
    ];
    for key in [&keys[1], &keys[2], &keys[0]] {
        storage.add_signing_key(key.clone()).await.expect("stored");
    }
    assert_eq!(storage.signing_keys().await.expect("read"), keys);
}

/// A `kid` names one key, whatever its purpose.
pub async fn a_kid_is_taken_once(storage: Arc<dyn Storage>) {
    storage.add_signing_key(signing_key("a", APP, KeyState::Active, 0)).await.expect("stored");
    let again = storage.add_signing_key(signing_key("a", CONSUMER, KeyState::Active, 0)).await;
    assert!(matches!(again, Err(Error::Duplicate(_))));
}

/// Active retires, next signs, a new one waits; the other purpose stays as it is.
pub async fn rotation_moves_all_three_keys(storage: Arc<dyn Storage>) {
    for key in [
        signing_key("a", APP, KeyState::Active, 4),
        signing_key("b", APP, KeyState::Next, 3),
        signing_key("x", CONSUMER, KeyState::Active, 2),
        signing_key("y", CONSUMER, KeyState::Next, 1),
    ] {
        storage.add_signing_key(key).await.expect("stored");
    }
    let next = signing_key("c", APP, KeyState::Next, 0);
    storage.rotate_signing_key(APP, "b", next.clone(), NOW).await.expect("stored");
    assert_eq!(
        storage.signing_keys().await.expect("read"),
        [
            signing_key("a", APP, KeyState::Retired { at: NOW }, 4),
            signing_key("b", APP, KeyState::Active, 3),
            signing_key("x", CONSUMER, KeyState::Active, 2),
            signing_key("y", CONSUMER, KeyState::Next, 1),
            next,
        ]
    );
}

/// A rotation that cannot be done leaves every key as it was.
pub async fn rotation_is_all_or_nothing(storage: Arc<dyn Storage>) {
    let keys = [
        signing_key("a", APP, KeyState::Active, 3),
        signing_key("b", APP, KeyState::Next, 2),
        signing_key("y", CONSUMER, KeyState::Next, 1),
    ];
    for key in &keys {
        storage.add_signing_key(key.clone()).await.expect("stored");
    }
    for promote in ["a", "y", "unknown"] {
        let next = signing_key("c", APP, KeyState::Next, 0);
        let rotated = storage.rotate_signing_key(APP, promote, next, NOW).await;
        assert!(matches!(rotated, Err(Error::Conflict)), "{promote}");
    }
    let taken = signing_key("a", APP, KeyState::Next, 0);
    let rotated = storage.rotate_signing_key(APP, "b", taken, NOW).await;
    assert!(matches!(rotated, Err(Error::Duplicate(_))));
    assert_eq!(storage.signing_keys().await.expect("read"), keys);
}
