//! What a connector says about its consumer.

use trunkline_model::ConsumerProfile;
use trunkline_wire::json::{JsValue, Members};

use super::{ConversationError, Conversations};
use crate::auth::OnBehalf;

/// The longest profile, in bytes of JSON. Generous: a CONVERSATION body has at most 1 MiB, a useful profile a few KiB.
const MAX_PROFILE_BYTES: usize = 64 * 1024;

impl Conversations {
    /// Sets the members that `profile` names and leaves the others as they were; a profile without members changes
    /// nothing.
    ///
    /// # Errors
    /// [`ConversationError::Invalid`] when the profile is too large.
    pub async fn set_profile(&self, caller: &OnBehalf, profile: JsValue) -> Result<(), ConversationError> {
        let JsValue::Object(members) = profile else {
            return Err(ConversationError::Invalid("a profile must be an object"));
        };
        if members.iter().next().is_none() {
            return Ok(());
        }
        let known = self.storage.consumer_profile(caller.account(), caller.consumer()).await?;
        let old = known.as_ref().and_then(|known| JsValue::parse(known.profile.as_str()).ok());
        let mut merged = match old {
            Some(JsValue::Object(old)) => old,
            _ => Members::default(),
        };
        for (name, value) in members.iter() {
            merged.set(name, value.clone());
        }
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
