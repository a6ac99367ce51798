//! Delivering once more, as an operator asks for it.

use trunkline_model::LogPosition;
use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::{AppInstallationId, ConversationId, DeliveryId, EpochMillis};

use super::service::ask;
use super::{AppCommand, Replay, ReplayError, WebhookError, Webhooks};
use crate::Error;
use crate::auth::AccountAdmin;

/// What to deliver once more, in the words of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayRequest {
    /// The event of a recorded delivery.
    Delivery(DeliveryId),
    /// A conversation.
    Conversation {
        /// The conversation.
        id: ConversationId,
        /// The first version, from 1.
        from: u64,
    },
    /// Everything that was decided at this moment or later.
    Since(EpochMillis),
    /// What was given up since the last replay of this kind.
    Outage,
}

impl Webhooks {
    /// Delivers something once more; it is durable when this returns.
    ///
    /// # Errors
    /// As for [`Webhooks::status`]; [`Error::NotFound`] also for an unknown delivery or conversation;
    /// [`WebhookError::Invalid`] for a delivery that was not stored and for a version that is not there;
    /// [`WebhookError::Replay`] and [`WebhookError::Busy`] when delivery refuses.
    pub async fn replay(
        &self,
        admin: &AccountAdmin,
        app: AppInstallationId,
        request: ReplayRequest,
    ) -> Result<(), WebhookError> {
        let handle = self.delivering(admin, app).await?;
        let replay = match request {
            ReplayRequest::Delivery(id) => self.event_of_delivery(admin, app, id).await?,
            ReplayRequest::Conversation { id, from } => self.conversation(admin, id, from).await?,
            ReplayRequest::Since(at) => Replay::After(self.place_of(at).await?),
            ReplayRequest::Outage => Replay::Outage,
        };
        ask(&handle, |done| AppCommand::Replay { replay, done }).await??;
        Ok(())
    }

    async fn event_of_delivery(
        &self,
        admin: &AccountAdmin,
        app: AppInstallationId,
        id: DeliveryId,
    ) -> Result<Replay, WebhookError> {
        let record = self.record(admin, app, id).await?;
        if record.event == WebhookEvent::ChatState {
            let text = "a chat state is not stored and cannot be delivered again";
            return Err(WebhookError::Invalid(text.to_owned()));
        }
        Ok(Replay::Event { conversation: record.conversation, version: record.version })
    }

    async fn conversation(
        &self,
        admin: &AccountAdmin,
        id: ConversationId,
        from: u64,
    ) -> Result<Replay, WebhookError> {
        let state = self.parts.storage.conversation(admin.account(), id).await?;
        let last = state.ok_or(Error::NotFound("conversation"))?.version;
        if !(1..=last).contains(&from) {
            return Err(WebhookError::Invalid(format!(
                "from must be 1 to {last}, the conversation's versions"
            )));
        }
        Ok(Replay::Conversation { conversation: id, from })
    }

    async fn place_of(&self, at: EpochMillis) -> Result<LogPosition, WebhookError> {
        let place = self.parts.storage.position_before(at).await?;
        let end = *self.parts.storage.tail().borrow();
        if place >= end { Err(ReplayError::Unknown.into()) } else { Ok(place) }
    }
}
