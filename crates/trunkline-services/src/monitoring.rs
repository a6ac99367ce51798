//! What a visitor came by: the engagement endpoint of the monitoring service, name `smt`. Source: spec 05 §9.
//!
//! The account's table of engagements is all there is to show: the first entry that names a campaign and an engagement by
//! numbers, as this contract has them. Nothing is kept of a visit: whoever shows the ids of one goes on with it. Nobody
//! signs in here, so consumers' names must not be guessable (spec 09).

use std::sync::Arc;

use data_encoding::HEXLOWER;
use trunkline_jose::consumer_id;
use trunkline_model::{EngagementRule, Rng};
use trunkline_storage::Storage;
use trunkline_wire::monitoring::{EngagementDetails, EngagementRequest, EngagementStatus, Engagements};
use trunkline_wire::{AccountId, AppInstallationId, ConversationId, ExternalConsumerId};

use crate::Error;
use crate::accounts::Accounts;
use crate::installations::Registry;
use crate::settings::Settings;

/// The longest id of a visitor or visit, in characters.
const LONGEST_ID: usize = 128;
/// `contextId` of whoever has no conversation. Source: spec 05 §9.
const CONTEXT: &str = "1";

/// Answers visitors.
pub struct Monitoring {
    storage: Arc<dyn Storage>,
    rng: Arc<dyn Rng>,
    accounts: Arc<Accounts>,
    registry: Arc<Registry>,
    settings: Arc<Settings>,
}

/// The ids of a visit that goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Visit<'a> {
    /// `vid`.
    pub visitor: Option<&'a str>,
    /// `sid`.
    pub session: Option<&'a str>,
}

impl Monitoring {
    pub(crate) fn new(
        storage: Arc<dyn Storage>,
        rng: Arc<dyn Rng>,
        accounts: Arc<Accounts>,
        registry: Arc<Registry>,
        settings: Arc<Settings>,
    ) -> Self {
        Self { storage, rng, accounts, registry, settings }
    }

    /// What the visitor came by, and whether the visit is new.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such an account or an enabled app of it; [`Error::Invalid`] for ids or a name against
    /// the rules.
    pub async fn engage(
        &self,
        account: &AccountId,
        app: AppInstallationId,
        visit: Visit<'_>,
        request: &EngagementRequest,
    ) -> Result<(Engagements, bool), Error> {
        if self.accounts.known(account).await?.is_none() {
            return Err(Error::NotFound("account"));
        }
        if self.registry.live(account, app).await?.is_none() {
            return Err(Error::NotFound("app installation"));
        }
        let (visitor, session) = (id(visit.visitor)?, id(visit.session)?);
        let is_new = visitor.is_none() || session.is_none();
        let conversation = match request.consumer() {
            Some(name) => self.conversation(account, name).await?,
            None => None,
        };
        let settings = self.settings.of(account).await?;
        let shown = settings.engagements.rules().iter().find_map(numbers);
        let details = shown.map(|(campaign_id, engagement_id)| EngagementDetails {
            campaign_id,
            engagement_id,
            engagement_revision: 1,
            context_id: conversation.is_none().then(|| CONTEXT.to_owned()),
            conversation_id: conversation,
            connector_id: 1,
            status: if conversation.is_some() {
                EngagementStatus::Conversation
            } else {
                EngagementStatus::Expose
            },
        });
        let session_id = session.map_or_else(|| self.mint(), str::to_owned);
        let engagements = Engagements {
            // Pages are not told apart: a visit is one.
            page_id: session_id.clone(),
            session_id,
            visitor_id: visitor.map_or_else(|| self.mint(), str::to_owned),
            engagement_details: details.map(|details| vec![details]),
        };
        Ok((engagements, is_new))
    }

    /// The open conversation of the consumer whom connectors call so.
    async fn conversation(&self, account: &AccountId, name: &str) -> Result<Option<ConversationId>, Error> {
        let invalid = |_| Error::Invalid("sub must be a string of 1 to 256 characters".to_owned());
        let external = ExternalConsumerId::parse(name).map_err(invalid)?;
        let secret = self.accounts.consumer_secret(account).await?;
        let consumer = consumer_id(secret.as_bytes(), &external);
        Ok(self.storage.open_conversation_of(account, consumer).await?)
    }

    fn mint(&self) -> String {
        HEXLOWER.encode(&self.rng.bytes::<16>())
    }
}

/// An id that a client shows.
fn id(given: Option<&str>) -> Result<Option<&str>, Error> {
    let is_id = |text: &&str| text.len() <= LONGEST_ID && text.bytes().all(|byte| byte.is_ascii_graphic());
    match given {
        Some(text) if !is_id(&text) => {
            Err(Error::Invalid(format!("vid and sid must have at most {LONGEST_ID} printable characters")))
        }
        given => Ok(given),
    }
}

fn numbers(rule: &EngagementRule) -> Option<(u64, u64)> {
    let number = |id: &Option<String>| id.as_ref()?.parse().ok();
    Some((number(&rule.campaign)?, number(&rule.engagement)?))
}
