//! Opening a conversation for a consumer.

use trunkline_model::conversation::{CampaignInfo, Conversation, OpenConversation, Ttr};
use trunkline_storage as storage;
use trunkline_wire::conversations::TtrType;
use trunkline_wire::conversations::conversation::RequestConversation;
use trunkline_wire::conversations::properties::ClientProperties;
use trunkline_wire::{AgentId, ConversationId, EpochMillis, SkillId};
use uuid::Builder;

use super::{ConversationError, Conversations};
use crate::auth::OnBehalf;

impl Conversations {
    /// Opens a conversation for the consumer.
    ///
    /// # Errors
    /// [`ConversationError::AlreadyOpen`] when the consumer has an open one, [`ConversationError::Invalid`] when
    /// `brandId` names another account.
    pub async fn open(
        &self,
        caller: &OnBehalf,
        request: RequestConversation,
        properties: ClientProperties,
    ) -> Result<ConversationId, ConversationError> {
        if request.brand_id.as_deref().is_some_and(|brand| brand != caller.account().as_str()) {
            return Err(ConversationError::Invalid("brandId must be the account of the path"));
        }
        let campaign = CampaignInfo { campaign: request.campaign_id, engagement: request.engagement_id };
        let campaign = (campaign.campaign.is_some() || campaign.engagement.is_some()).then_some(campaign);
        let open = OpenConversation {
            account: caller.account().clone(),
            consumer: caller.consumer(),
            external_consumer: caller.external_id().clone(),
            app: Some(caller.app().id),
            skill: request.skill.unwrap_or(SkillId::UNASSIGNED),
            ttr: self.ttr(request.ttr.unwrap_or(TtrType::Prioritized)),
            campaign,
            context: request.context,
            client_properties: properties.json,
            features: properties.features,
        };
        let now = self.clock.now();
        let change = open.decide(self.new_id(now), now);
        let id = change.conversation;
        let state = change.entries.first().and_then(|entry| entry.state.clone());
        match self.storage.commit(change).await {
            Ok(()) => {
                if let Some(state) = state {
                    self.slots.insert(Clone::clone(&*state));
                }
                Ok(id)
            }
            Err(storage::Error::AlreadyOpen(_)) => Err(ConversationError::AlreadyOpen(caller.consumer())),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a conversation for an agent who wants to speak to a consumer, who is known by an earlier one.
    pub(crate) async fn open_for_agent(
        &self,
        agent: AgentId,
        earlier: &Conversation,
        request: RequestConversation,
    ) -> Result<ConversationId, ConversationError> {
        let open = OpenConversation {
            account: earlier.account.clone(),
            consumer: earlier.consumer,
            external_consumer: earlier.external_consumer.clone(),
            app: None,
            skill: request.skill.unwrap_or(SkillId::UNASSIGNED),
            ttr: self.ttr(request.ttr.unwrap_or(TtrType::Prioritized)),
            campaign: None,
            context: request.context,
            client_properties: None,
            features: Vec::new(),
        };
        let now = self.clock.now();
        let change = open.decide_for_agent(agent, self.new_id(now), now);
        let id = change.conversation;
        match self.storage.commit(change).await {
            Ok(()) => Ok(id),
            Err(storage::Error::AlreadyOpen(_)) => Err(ConversationError::AlreadyOpen(earlier.consumer)),
            Err(error) => Err(error.into()),
        }
    }

    /// The account's target of this name; `CUSTOM` without a value counts like the default.
    pub(crate) fn ttr(&self, kind: TtrType) -> Ttr {
        let seconds = match kind {
            TtrType::Urgent => self.options.urgent_seconds,
            TtrType::Normal => self.options.normal_seconds,
            TtrType::Prioritized | TtrType::Custom => self.options.prioritized_seconds,
        };
        Ttr { kind, seconds }
    }

    /// The id of a conversation that is opened now: lists by time rely on its saying when that was.
    fn new_id(&self, now: EpochMillis) -> ConversationId {
        let millis = u64::try_from(now.0).unwrap_or(0);
        let random: [u8; 10] = self.rng.bytes();
        ConversationId::from_uuid(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}
