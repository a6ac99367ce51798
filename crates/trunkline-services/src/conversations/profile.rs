//! What a connector says about its consumer, or a consumer about itself.

use std::fmt;
use std::sync::Arc;

use tokio::sync::Mutex;
use trunkline_model::{Clock, ConsumerProfile};
use trunkline_storage::Storage;
use trunkline_wire::conversations::profile::Profile;
use trunkline_wire::json::{JsValue, Members};
use trunkline_wire::{AccountId, ConsumerId};

use super::{ConversationError, Conversations};
use crate::auth::ActsForConsumer;

/// The longest profile after merging, in bytes of JSON: twice what one request may bring.
const MAX_PROFILE_BYTES: usize = 2 * Profile::MAX_BYTES;

/// Turns for changing profiles: changes of one consumer wait for each other, so none of them is lost.
#[derive(Debug)]
struct Turns([Mutex<()>; 64]);

impl Turns {
    fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }

    fn of(&self, consumer: ConsumerId) -> &Mutex<()> {
        // A consumer id is the output of a hash: its first byte is as good as another hash.
        &self.0[usize::from(consumer.as_bytes()[0]) % self.0.len()]
    }
}

/// What is known about consumers.
pub struct Profiles {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    turns: Turns,
}

impl Profiles {
    /// Profiles in this store.
    pub fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock, turns: Turns::new() }
    }

    /// Sets the members that `profile` names and leaves the others as they were; a profile without members changes
    /// nothing. Apps vouch for what they say; what a consumer says about itself is kept as just that.
    ///
    /// # Errors
    /// [`ConversationError::Invalid`] when the merged profile is too large.
    pub async fn set(
        &self,
        caller: &impl ActsForConsumer,
        profile: Profile,
    ) -> Result<(), ConversationError> {
        let newer = if caller.app_id().is_some() { profile.by_app() } else { profile.by_consumer() };
        let newer = newer.into_members();
        if newer.is_empty() {
            return Ok(());
        }
        self.change(caller.account(), caller.consumer(), |known| known.overlay(newer)).await
    }

    /// Sets what a verified token says, in place of what the one before said. Source: spec 21 §7.7.
    ///
    /// # Errors
    /// [`ConversationError::Invalid`] when the merged profile is too large.
    pub(crate) async fn set_claims(
        &self,
        account: &AccountId,
        consumer: ConsumerId,
        claims: Members,
        acr: Option<JsValue>,
    ) -> Result<(), ConversationError> {
        self.change(account, consumer, |known| {
            known.set("claims", JsValue::Object(claims));
            known.take("acr");
            if let Some(acr) = acr {
                known.set("acr", acr);
            }
        })
        .await
    }

    /// Removes everything that is known about a consumer; returns whether there was anything.
    ///
    /// # Errors
    /// Trouble with the store.
    pub(crate) async fn erase(
        &self,
        account: &AccountId,
        consumer: ConsumerId,
    ) -> Result<bool, crate::Error> {
        let _turn = self.turns.of(consumer).lock().await;
        Ok(self.storage.remove_consumer_profile(account, consumer).await?)
    }

    async fn change(
        &self,
        account: &AccountId,
        consumer: ConsumerId,
        change: impl FnOnce(&mut Members),
    ) -> Result<(), ConversationError> {
        let _turn = self.turns.of(consumer).lock().await;
        let known = self.storage.consumer_profile(account, consumer).await?;
        let mut members = match known.as_ref().map(|known| JsValue::parse(known.profile.as_str())) {
            Some(Ok(JsValue::Object(members))) => members,
            _ => Members::default(),
        };
        change(&mut members);
        let profile = JsValue::Object(members).to_json();
        if profile.as_str().len() > MAX_PROFILE_BYTES {
            return Err(ConversationError::Invalid("the profile is too large"));
        }
        if known.is_some_and(|known| known.profile == profile) {
            return Ok(());
        }
        let profile = ConsumerProfile { profile, updated_at: self.clock.now() };
        self.storage.set_consumer_profile(account, consumer, profile).await?;
        Ok(())
    }
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profiles").finish_non_exhaustive()
    }
}

impl Conversations {
    /// What is known about consumers.
    pub fn profiles(&self) -> &Arc<Profiles> {
        &self.profiles
    }

    /// Sets what a connector says about its consumer, or a consumer about itself: [`Profiles::set`].
    ///
    /// # Errors
    /// [`ConversationError::Invalid`] when the merged profile is too large.
    pub async fn set_profile(
        &self,
        caller: &impl ActsForConsumer,
        profile: Profile,
    ) -> Result<(), ConversationError> {
        self.profiles.set(caller, profile).await
    }
}
