//! How accounts are set up, ready in memory.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use quick_cache::sync::Cache;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, broadcast, watch};
use tokio_util::task::TaskTracker;
use trunkline_model::{
    AutoMessages, Behaviour, EngagementRule, Engagements, Offer, OwnBehaviour, Retention, SettingName, Survey,
};
use trunkline_storage::{self as storage, Storage};
use trunkline_wire::operator::auto_messages;
use trunkline_wire::operator::behaviour::Change;
use trunkline_wire::operator::survey as wire;
use trunkline_wire::{AccountId, JsonText};

use crate::Error;
use crate::auth::AccountAdmin;
use crate::idp::IdentityProvider;

/// Accounts held in memory; the rest is read from the store when asked for.
const CACHED: usize = 10_000;
/// The shortest time that may be set: less is a mistake.
const MIN_SECONDS: u32 = 1;
/// The longest: ten years.
const MAX_SECONDS: u32 = 10 * 365 * 24 * 3600;
/// How many seconds content may be kept: from an hour, because less is a mistake, to a hundred years.
const RETENTION_SECONDS: RangeInclusive<u32> = 3600..=100 * 365 * 24 * 3600;
/// The longest id of a campaign or engagement, in characters. Longer ones are refused in CONVERSATION.
const MAX_ID: usize = 64;
/// Changed accounts that are remembered for those who follow the changes; whoever misses more looks at all.
const CHANGES: usize = 256;

/// Everything an account has set up.
#[derive(Debug, Clone, Default)]
pub struct AccountSettings {
    /// How its conversations behave.
    pub behaviour: Behaviour,
    /// Which skill answers what came from which campaign and engagement.
    pub engagements: Engagements,
    /// What consumers are asked after a conversation.
    pub survey: Option<Arc<Survey>>,
    /// What the platform says in its conversations by itself.
    pub auto_messages: Option<Arc<AutoMessages>>,
    /// Whose tokens it trusts for its consumers.
    pub identity_provider: Option<Arc<IdentityProvider>>,
    /// Whether anybody may become its consumer; `None` for what the server is configured to.
    pub web_chat: Option<bool>,
    /// How long it keeps the content of conversations; `None` for what the server is configured to.
    pub retention: Option<Retention>,
}

/// What is to be different about how conversations behave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BehaviourChange {
    /// After how many seconds without activity an open conversation is closed.
    pub close_after_seconds: Change<u32>,
    /// When a new conversation is offered to agents.
    pub offer: Change<Offer>,
    /// Seconds of the target `URGENT`.
    pub urgent_seconds: Change<u32>,
    /// Seconds of `PRIORITIZED`.
    pub prioritized_seconds: Change<u32>,
    /// Seconds of `NORMAL`.
    pub normal_seconds: Change<u32>,
}

/// Reads and changes settings. A change counts for everything that is asked after it was answered.
pub struct Settings(Arc<Shared>);

struct Shared {
    storage: Arc<dyn Storage>,
    cache: Cache<AccountId, Arc<AccountSettings>>,
    /// Reading from the store and changing it take turns, so that nothing outdated is kept.
    turn: Mutex<()>,
    changes: watch::Sender<u64>,
    changed: broadcast::Sender<AccountId>,
    writes: TaskTracker,
    /// What counts where an account has set nothing.
    behaviour: Behaviour,
}

impl Settings {
    /// Settings in this store; `behaviour` is that of accounts which have set nothing.
    pub fn new(storage: Arc<dyn Storage>, behaviour: Behaviour) -> Self {
        Self(Arc::new(Shared {
            storage,
            cache: Cache::new(CACHED),
            turn: Mutex::default(),
            changes: watch::Sender::new(0),
            changed: broadcast::Sender::new(CHANGES),
            writes: TaskTracker::new(),
            behaviour,
        }))
    }

    /// How conversations behave in accounts that have set nothing.
    pub fn default_behaviour(&self) -> Behaviour {
        self.0.behaviour
    }

    /// What an account has set up; the defaults for one that has nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn of(&self, account: &AccountId) -> Result<Arc<AccountSettings>, Error> {
        let shared = &*self.0;
        if let Some(known) = shared.cache.get(account) {
            return Ok(known);
        }
        let _turn = shared.turn.lock().await;
        if let Some(known) = shared.cache.get(account) {
            return Ok(known);
        }
        let settings = Arc::new(shared.load(account).await?);
        shared.cache.insert(account.clone(), Arc::clone(&settings));
        Ok(settings)
    }

    /// Counts changes, whosever they are: what depends on settings looks again when the number moves.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Tells which accounts changed.
    pub fn changed_accounts(&self) -> broadcast::Receiver<AccountId> {
        self.0.changed.subscribe()
    }

    /// Changes how conversations behave; returns what counts from now on.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a time out of range; [`Error::NotFound`] for an unknown account.
    pub async fn change_behaviour(
        &self,
        admin: &AccountAdmin,
        change: BehaviourChange,
    ) -> Result<Behaviour, Error> {
        let configured = self.0.behaviour;
        change.check()?;
        self.alter(admin, SettingName::Behaviour, OwnBehaviour::default(), move |own| {
            change.close_after_seconds.apply(&mut own.close_after_seconds);
            change.offer.apply(&mut own.offer);
            change.urgent_seconds.apply(&mut own.urgent_seconds);
            change.prioritized_seconds.apply(&mut own.prioritized_seconds);
            change.normal_seconds.apply(&mut own.normal_seconds);
            Ok(own.over(configured))
        })
        .await
    }

    /// Has conversations that come from a campaign, an engagement or the two together answered by a skill, in place of
    /// what was set for exactly these.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a rule that names neither, ids that are empty or too long, an unknown skill, or one rule too
    /// many; [`Error::NotFound`] for an unknown account.
    pub async fn set_engagement(&self, admin: &AccountAdmin, rule: EngagementRule) -> Result<(), Error> {
        check_ids(rule.campaign.as_deref(), rule.engagement.as_deref())?;
        // Skills are never removed, so it stays there.
        if self.0.storage.skill(admin.account(), rule.skill).await?.is_none() {
            return Err(Error::Invalid(format!("skill: the account has no skill {}", rule.skill)));
        }
        self.alter(admin, SettingName::Engagements, Engagements::default(), move |table| {
            let too_many =
                || format!("the account has {} engagements, the most there may be", Engagements::MAX);
            if table.set(rule) { Ok(()) } else { Err(Error::Invalid(too_many())) }
        })
        .await
    }

    /// Removes what was set for exactly this campaign and engagement.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is nothing, or for an unknown account; [`Error::Invalid`] as for setting.
    pub async fn remove_engagement(
        &self,
        admin: &AccountAdmin,
        campaign: Option<String>,
        engagement: Option<String>,
    ) -> Result<(), Error> {
        check_ids(campaign.as_deref(), engagement.as_deref())?;
        self.alter(admin, SettingName::Engagements, Engagements::default(), move |table: &mut Engagements| {
            let is_there = table.remove(campaign.as_deref(), engagement.as_deref());
            if is_there { Ok(()) } else { Err(Error::NotFound("engagement")) }
        })
        .await
    }

    /// Changes a document; one that is not there begins as `absent`. Nothing is stored when `change` refuses.
    async fn alter<T, R>(
        &self,
        admin: &AccountAdmin,
        name: SettingName,
        absent: T,
        change: impl FnOnce(&mut T) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        R: Send + 'static,
    {
        let account = admin.account().clone();
        self.0.storage.account(&account).await?.ok_or(Error::NotFound("account"))?;
        let shared = Arc::clone(&self.0);
        // In a task of its own, as below.
        let done = self.0.writes.spawn(async move {
            let _turn = shared.turn.lock().await;
            let mut document = shared.read(&account, name).await?.unwrap_or(absent);
            let result = change(&mut document)?;
            shared.store(account, name, Some(printed(&document)?)).await?;
            Ok(result)
        });
        done.await.unwrap_or(Err(Error::Overloaded))
    }

    /// Replaces the survey; returns it with its defaults filled in. Surveys that are on go on as they began.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a survey against the rules; the text names question and rule. [`Error::NotFound`] for an
    /// unknown account.
    pub async fn set_survey(&self, admin: &AccountAdmin, survey: wire::Survey) -> Result<Survey, Error> {
        let survey = Survey::new(survey).map_err(|error| Error::Invalid(error.to_string()))?;
        self.replace(admin, SettingName::Survey, Some(&survey)).await?;
        Ok(survey)
    }

    /// Removes the survey, if there is one.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown account.
    pub async fn clear_survey(&self, admin: &AccountAdmin) -> Result<(), Error> {
        self.clear(admin, SettingName::Survey).await
    }

    /// Replaces what the platform says by itself. It counts at once, in open conversations, too.
    ///
    /// # Errors
    /// [`Error::Invalid`] for messages against the rules; the text names message and rule. [`Error::NotFound`] for an unknown
    /// account.
    pub async fn set_auto_messages(
        &self,
        admin: &AccountAdmin,
        messages: auto_messages::AutoMessages,
    ) -> Result<AutoMessages, Error> {
        let messages = AutoMessages::new(messages).map_err(|error| Error::Invalid(error.to_string()))?;
        self.replace(admin, SettingName::AutoMessages, Some(&messages)).await?;
        Ok(messages)
    }

    /// Has the platform say nothing by itself any more.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown account.
    pub async fn clear_auto_messages(&self, admin: &AccountAdmin) -> Result<(), Error> {
        self.clear(admin, SettingName::AutoMessages).await
    }

    /// Lets anybody become a consumer, or nobody who was not authenticated; `None` leaves that to the server's configuration.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown account.
    pub async fn set_web_chat(&self, admin: &AccountAdmin, on: Option<bool>) -> Result<(), Error> {
        self.replace(admin, SettingName::WebChat, on.as_ref()).await
    }

    /// Sets how long the content of conversations is kept; `None` leaves that to the server's configuration.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a time out of range; [`Error::NotFound`] for an unknown account.
    pub(crate) async fn set_retention(
        &self,
        admin: &AccountAdmin,
        retention: Option<Retention>,
    ) -> Result<(), Error> {
        if let Some(Retention { content_seconds: Some(seconds) }) = retention
            && !RETENTION_SECONDS.contains(&seconds)
        {
            return Err(Error::Invalid(
                "content is kept for an hour at least and 100 years at most".to_owned(),
            ));
        }
        self.replace(admin, SettingName::Retention, retention.as_ref()).await
    }

    /// Replaces the identity provider. What was issued on its word before goes on.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a provider against the rules; [`Error::NotFound`] for an unknown account.
    pub async fn set_identity_provider(
        &self,
        admin: &AccountAdmin,
        provider: IdentityProvider,
    ) -> Result<(), Error> {
        self.replace(admin, SettingName::IdentityProvider, Some(provider.definition())).await
    }

    /// Removes the identity provider, if there is one.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown account.
    pub async fn clear_identity_provider(&self, admin: &AccountAdmin) -> Result<(), Error> {
        self.clear(admin, SettingName::IdentityProvider).await
    }

    async fn clear(&self, admin: &AccountAdmin, name: SettingName) -> Result<(), Error> {
        self.replace(admin, name, None::<&()>).await
    }

    async fn replace(
        &self,
        admin: &AccountAdmin,
        name: SettingName,
        document: Option<&impl Serialize>,
    ) -> Result<(), Error> {
        let account = admin.account().clone();
        self.0.storage.account(&account).await?.ok_or(Error::NotFound("account"))?;
        let document = document.map(printed).transpose()?;
        let shared = Arc::clone(&self.0);
        // In a task of its own: what is begun is finished, also for a caller who has gone away.
        let done = self.0.writes.spawn(async move { shared.write(account, name, document).await });
        done.await.unwrap_or(Err(Error::Overloaded))
    }
}

impl Shared {
    async fn write(
        &self,
        account: AccountId,
        name: SettingName,
        document: Option<JsonText>,
    ) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        self.store(account, name, document).await
    }

    /// For who has the turn.
    async fn store(
        &self,
        account: AccountId,
        name: SettingName,
        document: Option<JsonText>,
    ) -> Result<(), Error> {
        let done = self.storage.set_setting(&account, name, document).await;
        // Also after a failure, which may have come after the store had written.
        self.cache.remove(&account);
        self.changes.send_modify(|number| *number += 1);
        // Nobody may be there to hear it.
        let _ = self.changed.send(account);
        Ok(done?)
    }

    async fn load(&self, account: &AccountId) -> Result<AccountSettings, Error> {
        let own: Option<OwnBehaviour> = self.read(account, SettingName::Behaviour).await?;
        let engagements = self.read(account, SettingName::Engagements).await?.unwrap_or_default();
        let survey = self.read(account, SettingName::Survey).await?.map(Arc::new);
        let auto_messages = self.read(account, SettingName::AutoMessages).await?.map(Arc::new);
        let identity_provider = self.identity_provider(account).await?.map(Arc::new);
        let behaviour = own.unwrap_or_default().over(self.behaviour);
        let web_chat = self.read(account, SettingName::WebChat).await?;
        let retention = self.read(account, SettingName::Retention).await?;
        Ok(AccountSettings {
            behaviour,
            engagements,
            survey,
            auto_messages,
            identity_provider,
            web_chat,
            retention,
        })
    }

    async fn identity_provider(&self, account: &AccountId) -> Result<Option<IdentityProvider>, Error> {
        let name = SettingName::IdentityProvider;
        let Some(definition) = self.read(account, name).await? else { return Ok(None) };
        IdentityProvider::new(definition).map(Some).map_err(|error| {
            let id = format!("{} of account {account}", name.as_str());
            Error::Storage(storage::Error::Corrupt { what: "setting", id, source: error.into() })
        })
    }

    async fn read<T: DeserializeOwned>(
        &self,
        account: &AccountId,
        name: SettingName,
    ) -> Result<Option<T>, Error> {
        let Some(document) = self.storage.setting(account, name).await? else { return Ok(None) };
        serde_json::from_str(document.as_str()).map(Some).map_err(|error| {
            let id = format!("{} of account {account}", name.as_str());
            Error::Storage(storage::Error::Corrupt { what: "setting", id, source: error.into() })
        })
    }
}

impl BehaviourChange {
    fn check(&self) -> Result<(), Error> {
        let in_range = |change, what| match change {
            Change::Set(seconds) if !(MIN_SECONDS..=MAX_SECONDS).contains(&seconds) => {
                Err(Error::Invalid(format!("{what} {MIN_SECONDS} to {MAX_SECONDS} seconds")))
            }
            _ => Ok(()),
        };
        in_range(self.close_after_seconds, "conversations are closed after")?;
        in_range(self.urgent_seconds, "the target of URGENT conversations is")?;
        in_range(self.prioritized_seconds, "the target of PRIORITIZED conversations is")?;
        in_range(self.normal_seconds, "the target of NORMAL conversations is")
    }
}

fn check_ids(campaign: Option<&str>, engagement: Option<&str>) -> Result<(), Error> {
    if campaign.is_none() && engagement.is_none() {
        return Err(Error::Invalid("a campaign, an engagement or both are needed".to_owned()));
    }
    for (name, id) in [("campaign", campaign), ("engagement", engagement)] {
        let is_good =
            |id: &str| (1..=MAX_ID).contains(&id.chars().count()) && !id.chars().any(char::is_control);
        if !id.is_none_or(is_good) {
            let text =
                format!("{name}: an id has 1 to {MAX_ID} characters, none of them a control character");
            return Err(Error::Invalid(text));
        }
    }
    Ok(())
}

fn printed(document: &impl Serialize) -> Result<JsonText, Error> {
    let unprintable = || Error::Invalid("the document cannot be printed as JSON".to_owned());
    let text = serde_json::to_string(document).map_err(|_| unprintable())?;
    JsonText::normalise(&text).map_err(|_| unprintable())
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("cached", &self.0.cache.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
