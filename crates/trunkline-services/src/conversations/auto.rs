//! What the platform says by itself.

use trunkline_model::AutoMessages;
use trunkline_model::conversation::{Actor, AutoOffer, Automatic, Conversation};

use super::Conversations;
use crate::Error;

impl Conversations {
    /// What the platform may say about a command. A consumer's client has to declare the feature with every request; where
    /// others act, what it declared at first counts. Source: spec 05 §8.
    pub(super) async fn words(
        &self,
        state: &Conversation,
        actor: Actor,
        features: &[String],
    ) -> Result<Option<AutoOffer>, Error> {
        let is_silent = matches!(actor, Actor::Consumer(_)) && !Automatic::is_wanted(features);
        if state.automatic.is_off() || is_silent {
            return Ok(None);
        }
        let messages = self.settings.of(&state.account).await?.auto_messages.clone();
        let controller = AutoMessages::controller_of(&state.account);
        Ok(messages.map(|messages| AutoOffer { messages, controller }))
    }
}
