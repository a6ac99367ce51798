//! What a connector says about its consumer, or a consumer about itself.

use tokio::sync::Mutex;
use trunkline_model::ConsumerProfile;
use trunkline_wire::ConsumerId;
use trunkline_wire::conversations::profile::Profile;
use trunkline_wire::json::JsValue;

use super::{ConversationError, Conversations};
use crate::auth::ActsForConsumer;

/// The longest profile after merging, in bytes of JSON: twice what one request may bring.
const MAX_PROFILE_BYTES: usize = 2 * Profile::MAX_BYTES;

/// Turns for changing profiles: changes of one consumer wait for each other, so none of them is lost.
#[derive(Debug)]
pub(super) struct Turns([Mutex<()>; 64]);

impl Turns {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }

    fn of(&self, consumer: ConsumerId) -> &Mutex<()> {
        // A consumer id is the output of a hash: its first byte is as good as another hash.
        &self.0[usize::from(consumer.as_bytes()[0]) % self.0.len()]
    }
}

impl Conversations {
    /// Sets the members that `profile` names and leaves the others as they were; a profile without members changes
    /// nothing. Apps vouch for what they say; what a consumer says about itself is kept as just that.
    ///
    /// # Errors
    /// [`ConversationError::Invalid`] when the merged profile is too large.
    pub async fn set_profile(
        &self,
        caller: &impl ActsForConsumer,
        profile: Profile,
    ) -> Result<(), ConversationError> {
        let is_vouched_for = caller.app_id().is_some();
        let newer = if is_vouched_for { profile } else { profile.by_consumer() }.into_members();
        if newer.is_empty() {
            return Ok(());
        }
        let _turn = self.turns.of(caller.consumer()).lock().await;
        let known = self.storage.consumer_profile(caller.account(), caller.consumer()).await?;
        let merged = match known.as_ref().map(|known| JsValue::parse(known.profile.as_str())) {
            Some(Ok(JsValue::Object(mut merged))) => {
                merged.overlay(newer);
                merged
            }
            _ => newer,
        };
        let profile = JsValue::Object(merged).to_json();
        if profile.as_str().len() > MAX_PROFILE_BYTES {
            return Err(ConversationError::Invalid("the profile is too large"));
        }
        if known.is_some_and(|known| known.profile == profile) {
            return Ok(());
        }
        let profile = ConsumerProfile { profile, updated_at: self.clock.now() };
        self.storage.set_consumer_profile(caller.account(), caller.consumer(), profile).await?;
        Ok(())
    }
}
