//! Opening a conversation for a consumer.

use trunkline_model::Offer;
use trunkline_model::conversation::{
    CampaignInfo, CloseDialog, Command, Conversation, FieldChange, OpenConversation,
};
use trunkline_storage as storage;
use trunkline_wire::conversations::TtrType;
use trunkline_wire::conversations::conversation::RequestConversation;
use trunkline_wire::conversations::properties::ClientProperties;
use trunkline_wire::{AgentId, ConversationId, DialogId, EpochMillis, SkillId};
use uuid::Builder;

use super::{ConversationError, Conversations};
use crate::auth::ActsForConsumer;

/// What a survey says that its consumer left for a new conversation.
const NEW_CONVERSATION: &str = "New conversation";

impl Conversations {
    /// Opens a conversation for the consumer. A survey that is all that is left of the one before ends with it.
    ///
    /// # Errors
    /// [`ConversationError::AlreadyOpen`] when the consumer has an open one, [`ConversationError::Invalid`] when
    /// `brandId` names another account.
    pub async fn open(
        &self,
        caller: &impl ActsForConsumer,
        request: RequestConversation,
        properties: ClientProperties,
    ) -> Result<ConversationId, ConversationError> {
        if request.brand_id.as_deref().is_some_and(|brand| brand != caller.account().as_str()) {
            return Err(ConversationError::Invalid("brandId must be the account of the path"));
        }
        // What the campaign says goes before what the request says. Source: spec 05 §3.1.
        let settings = self.settings.of(caller.account()).await?;
        let of_campaign =
            settings.engagements.skill_for(request.campaign_id.as_deref(), request.engagement_id.as_deref());
        let campaign = CampaignInfo { campaign: request.campaign_id, engagement: request.engagement_id };
        let campaign = (campaign.campaign.is_some() || campaign.engagement.is_some()).then_some(campaign);
        let open = OpenConversation {
            account: caller.account().clone(),
            consumer: caller.consumer(),
            external_consumer: caller.external_id().clone(),
            app: caller.app_id(),
            skill: of_campaign.or(request.skill).unwrap_or(SkillId::UNASSIGNED),
            ttr: settings.behaviour.ttr(request.ttr.unwrap_or(TtrType::Prioritized)),
            campaign,
            context: request.context,
            client_properties: properties.json,
            features: properties.features,
        };
        let offer = settings.behaviour.offer;
        match self.store_opened(open.clone(), offer).await {
            Err(storage::Error::AlreadyOpen(other)) if self.end_survey(caller, other).await? => {
                self.store_opened(open, offer).await
            }
            other => other,
        }
        .map_err(|error| match error {
            storage::Error::AlreadyOpen(_) => ConversationError::AlreadyOpen(caller.consumer()),
            error => error.into(),
        })
    }

    async fn store_opened(
        &self,
        open: OpenConversation,
        offer: Offer,
    ) -> Result<ConversationId, storage::Error> {
        let now = self.clock.now();
        let id = self.new_id(now);
        let change = match offer {
            Offer::Creation => open.decide(id, now),
            Offer::FirstMessage => open.decide_silent(id, now),
        };
        let id = change.conversation;
        let state = change.entries.first().and_then(|entry| entry.state.clone());
        self.storage.commit(change).await?;
        if let Some(state) = state {
            self.slots.insert(Clone::clone(&*state));
        }
        Ok(id)
    }

    /// Ends the survey of a conversation of which nothing else is open, because its consumer wants to talk about something
    /// new; `false` when there is more to it than a survey.
    async fn end_survey(
        &self,
        caller: &impl ActsForConsumer,
        id: ConversationId,
    ) -> Result<bool, ConversationError> {
        let state = self.storage.conversation(caller.account(), id).await?;
        if state.is_none_or(|state| state.main().is_open()) {
            return Ok(false);
        }
        let cause = Some(NEW_CONVERSATION.to_owned());
        let close = FieldChange::CloseDialog(CloseDialog { dialog: Some(DialogId::survey_of(id)), cause });
        let command = Command::Update { changes: vec![close], metadata: None, survey: None };
        // The main dialog has ended before: there is nothing left to say.
        match self.execute(caller, id, command, &[]).await {
            // The survey may have come to its end meanwhile.
            Ok(_) | Err(ConversationError::Closed) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Opens a conversation for an agent who wants to speak to a consumer, who is known by an earlier one. Nobody declares
    /// what the client can show: it is taken for the one of that conversation (spec 05 §8).
    ///
    /// # Errors
    /// [`ConversationError::Unknown`] when the earlier one was erased: nobody knows any more how to reach the consumer.
    pub(crate) async fn open_for_agent(
        &self,
        agent: AgentId,
        earlier: &Conversation,
        request: RequestConversation,
    ) -> Result<ConversationId, ConversationError> {
        let external_consumer = earlier.external_consumer.clone().ok_or(ConversationError::Unknown)?;
        let behaviour = self.behaviour(&earlier.account).await?;
        let open = OpenConversation {
            account: earlier.account.clone(),
            consumer: earlier.consumer,
            external_consumer,
            app: None,
            skill: request.skill.unwrap_or(SkillId::UNASSIGNED),
            ttr: behaviour.ttr(request.ttr.unwrap_or(TtrType::Prioritized)),
            campaign: None,
            context: request.context,
            client_properties: earlier.client_properties.clone(),
            features: earlier.features.clone(),
        };
        let now = self.clock.now();
        let change = open.decide_for_agent(agent, self.new_id(now), now);
        let id = change.conversation;
        match self.storage.commit(change).await {
            Ok(()) => self.unless_erased(earlier, id, now).await,
            Err(storage::Error::AlreadyOpen(_)) => Err(ConversationError::AlreadyOpen(earlier.consumer)),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a conversation back that carries on what was erased while it was opened. Whoever erases looks for new ones last:
    /// either it is found there, or the earlier one is found erased here.
    async fn unless_erased(
        &self,
        earlier: &Conversation,
        id: ConversationId,
        now: EpochMillis,
    ) -> Result<ConversationId, ConversationError> {
        let account = &earlier.account;
        if self.load(account, earlier.id).await?.is_some_and(|state| state.erased_at.is_none()) {
            return Ok(id);
        }
        self.close_for_platform(account, id).await?;
        self.erase(account, id, now).await?;
        Err(ConversationError::Unknown)
    }

    /// The id of a conversation that is opened now: lists by time rely on its saying when that was.
    fn new_id(&self, now: EpochMillis) -> ConversationId {
        let millis = u64::try_from(now.0).unwrap_or(0);
        let random: [u8; 10] = self.rng.bytes();
        ConversationId::from_uuid(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}
