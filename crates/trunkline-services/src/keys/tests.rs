use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use trunkline_jose::{SealingKey, VerifyError, testing};
use trunkline_model::{KeyPurpose, KeyState};

use super::*;
use crate::auth::tests::World;

const PURPOSES: [KeyPurpose; 3] = [KeyPurpose::AppJwt, KeyPurpose::ConsumerJws, KeyPurpose::WebConsumer];

fn kids(world: &World) -> Vec<String> {
    world.keys.jwks().keys.into_iter().map(|key| key.kid).collect()
}

#[tokio::test]
async fn the_first_start_makes_an_active_and_a_next_key_for_each_purpose() {
    let world = World::new().await;
    assert_eq!(
        kids(&world),
        [
            "appjwt-21-11-26",
            "appjwt-21-11-26-2",
            "consumerjws-21-11-26",
            "consumerjws-21-11-26-2",
            "webconsumer-21-11-26",
            "webconsumer-21-11-26-2"
        ]
    );
    let states: Vec<_> = world.keys.list(&world.operator).iter().map(|key| key.state).collect();
    assert_eq!(states, [KeyState::Active, KeyState::Next].repeat(3));
    for purpose in PURPOSES {
        assert_eq!(&**world.keys.active(purpose).unwrap().kid(), format!("{}-21-11-26", purpose.as_str()));
    }
}

#[tokio::test]
async fn rotation_signs_with_the_key_that_was_published_before() {
    let world = World::new().await;
    world.clock.advance(Duration::from_hours(24));
    for purpose in PURPOSES {
        let published = kids(&world);
        let active = world.keys.rotate(&world.operator, purpose).await.unwrap();
        assert!(published.contains(&active.kid));
        assert_eq!(active.state, KeyState::Active);
        assert_eq!(&**world.keys.active(purpose).unwrap().kid(), active.kid);
        // The new next key is published at once, under the day it was made.
        assert!(kids(&world).contains(&format!("{}-22-11-26", purpose.as_str())));
    }
}

#[tokio::test]
async fn old_app_keys_verify_until_their_last_token_ends_and_consumer_keys_for_ever() {
    let world = World::new().await;
    for purpose in PURPOSES {
        let token = world.signed(purpose, json!({"a": 1})).await;
        let kid = world.keys.active(purpose).unwrap().kid().to_string();
        world.keys.rotate(&world.operator, purpose).await.unwrap();
        let verify = || world.keys.verify::<Value>(purpose, &token);
        world.clock.advance(Duration::from_secs(3630));
        verify().unwrap();
        assert!(kids(&world).contains(&kid));
        world.clock.advance(Duration::from_millis(1));
        match purpose {
            KeyPurpose::AppJwt => {
                assert_eq!(verify().unwrap_err(), VerifyError::UnknownKey);
                assert!(!kids(&world).contains(&kid));
            }
            KeyPurpose::ConsumerJws => {
                world.clock.advance(Duration::from_hours(24 * 3650));
                verify().unwrap();
                assert!(kids(&world).contains(&kid));
            }
            KeyPurpose::WebConsumer => {
                // 730 hours for renewals, and 30 seconds for clocks that differ, in all.
                world.clock.advance(Duration::from_hours(729) - Duration::from_millis(1));
                verify().unwrap();
                world.clock.advance(Duration::from_millis(1));
                assert_eq!(verify().unwrap_err(), VerifyError::UnknownKey);
            }
        }
    }
}

#[tokio::test]
async fn keys_of_one_purpose_do_not_verify_tokens_of_the_other() {
    let world = World::new().await;
    let token = world.signed(KeyPurpose::AppJwt, json!({})).await;
    let refused = world.keys.verify::<Value>(KeyPurpose::ConsumerJws, &token).unwrap_err();
    assert_eq!(refused, VerifyError::WrongPurpose);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_keys_rotate() {
    let world = Arc::new(World::new().await);
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..4 {
        let world = Arc::clone(&world);
        workers.spawn(async move {
            let mut kept = Vec::new();
            let mut used = std::collections::HashSet::new();
            for round in 0..60 {
                for purpose in PURPOSES {
                    let token =
                        world.keys.sign(purpose, json!({"worker": worker, "round": round})).await.unwrap();
                    world.keys.verify::<Value>(purpose, &token).unwrap();
                    used.insert(token.split('.').next().unwrap().to_owned());
                    kept.push((purpose, token));
                }
            }
            for (purpose, token) in kept {
                world.keys.verify::<Value>(purpose, &token).unwrap();
            }
            used.len()
        });
    }
    for _ in 0..2 {
        for purpose in PURPOSES {
            // Two at a time: they take turns.
            let (one, two) = tokio::join!(
                world.keys.rotate(&world.operator, purpose),
                world.keys.rotate(&world.operator, purpose)
            );
            assert_ne!(one.unwrap().kid, two.unwrap().kid);
        }
    }
    while let Some(used) = workers.join_next().await {
        assert!(used.unwrap() >= 2);
    }
    let keys = world.keys.list(&world.operator);
    for purpose in PURPOSES {
        let with = |state| keys.iter().filter(|key| key.purpose == purpose && key.state == state).count();
        assert_eq!((with(KeyState::Active), with(KeyState::Next)), (1, 1));
    }
}

#[tokio::test]
async fn another_master_key_opens_nothing() {
    let world = World::new().await;
    let wrong = Arc::new(SealingKey::from_bytes([8; 32]));
    let opened = KeyRing::open(
        Arc::clone(&world.storage),
        world.clock.clone(),
        world.rng.clone(),
        wrong,
        KeyRingOptions {
            source: Arc::new(ReadyKeys::new(vec![testing::key(0)])),
            ..KeyRingOptions::default()
        },
    );
    assert!(matches!(opened.await.err(), Some(Error::Crypto(_))));
}
