//! How accounts are set up, ready in memory.

use std::fmt;
use std::sync::Arc;

use quick_cache::sync::Cache;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, watch};
use tokio_util::task::TaskTracker;
use trunkline_model::{Behaviour, SettingName, Survey};
use trunkline_storage::{self as storage, Storage};
use trunkline_wire::operator::survey as wire;
use trunkline_wire::{AccountId, JsonText};

use crate::Error;
use crate::auth::AccountAdmin;

/// Accounts held in memory; the rest is read from the store when asked for.
const CACHED: usize = 10_000;
/// The shortest time after which conversations may be closed: less is a mistake.
const MIN_CLOSE_AFTER: u32 = 1;
/// The longest: ten years.
const MAX_CLOSE_AFTER: u32 = 10 * 365 * 24 * 3600;

/// Everything an account has set up.
#[derive(Debug, Clone, Default)]
pub struct AccountSettings {
    /// How its conversations behave.
    pub behaviour: Behaviour,
    /// What consumers are asked after a conversation.
    pub survey: Option<Arc<Survey>>,
}

/// Reads and changes settings. A change counts for everything that is asked after it was answered.
pub struct Settings(Arc<Shared>);

struct Shared {
    storage: Arc<dyn Storage>,
    cache: Cache<AccountId, Arc<AccountSettings>>,
    /// Reading from the store and changing it take turns, so that nothing outdated is kept.
    turn: Mutex<()>,
    changes: watch::Sender<u64>,
    writes: TaskTracker,
}

impl Settings {
    /// Settings in this store.
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        let (cache, changes) = (Cache::new(CACHED), watch::Sender::new(0));
        Self(Arc::new(Shared { storage, cache, turn: Mutex::default(), changes, writes: TaskTracker::new() }))
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

    /// Replaces how conversations behave; returns what counts from now on.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a time out of range; [`Error::NotFound`] for an unknown account.
    pub async fn set_behaviour(
        &self,
        admin: &AccountAdmin,
        behaviour: Behaviour,
    ) -> Result<Behaviour, Error> {
        if !(MIN_CLOSE_AFTER..=MAX_CLOSE_AFTER).contains(&behaviour.close_after_seconds) {
            let text = format!("closeAfterSeconds must be {MIN_CLOSE_AFTER} to {MAX_CLOSE_AFTER}");
            return Err(Error::Invalid(text));
        }
        self.replace(admin, SettingName::Behaviour, Some(&behaviour)).await?;
        Ok(behaviour)
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
        self.replace(admin, SettingName::Survey, None::<&Survey>).await
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
        let done = self.storage.set_setting(&account, name, document).await;
        // Also after a failure, which may have come after the store had written.
        self.cache.remove(&account);
        self.changes.send_modify(|number| *number += 1);
        Ok(done?)
    }

    async fn load(&self, account: &AccountId) -> Result<AccountSettings, Error> {
        let behaviour = self.read(account, SettingName::Behaviour).await?;
        let survey = self.read(account, SettingName::Survey).await?.map(Arc::new);
        Ok(AccountSettings { behaviour: behaviour.unwrap_or_default(), survey })
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
mod tests {
    use super::*;
    use crate::auth::tests::{World, account};
    use trunkline_model::Offer;

    #[tokio::test]
    async fn a_change_counts_at_once_and_after_a_restart() {
        let world = World::new().await;
        let settings = Settings::new(world.storage.clone());
        let mut changes = settings.changes();
        let brand = world.admin().account().clone();
        assert_eq!(settings.of(&brand).await.unwrap().behaviour, Behaviour::default());
        let wanted = Behaviour { close_after_seconds: 90, offer: Offer::FirstMessage };
        settings.set_behaviour(&world.admin(), wanted).await.unwrap();
        assert!(changes.has_changed().unwrap());
        changes.borrow_and_update();
        assert_eq!(settings.of(&brand).await.unwrap().behaviour, wanted);
        assert_eq!(settings.of(&account("other")).await.unwrap().behaviour, Behaviour::default());
        let again = Settings::new(world.storage.clone());
        assert_eq!(again.of(&brand).await.unwrap().behaviour, wanted);
    }

    fn survey(text: &str) -> wire::Survey {
        serde_json::from_str(text).unwrap()
    }

    #[tokio::test]
    async fn a_survey_is_checked_replaced_and_removed() {
        let world = World::new().await;
        let settings = Settings::new(world.storage.clone());
        let brand = world.admin().account().clone();
        settings.clear_survey(&world.admin()).await.unwrap();
        assert_eq!(settings.of(&brand).await.unwrap().survey, None);
        let csat = survey(r#"{"question":[{"id":"q","text":"How was it?","kind":"csat"}]}"#);
        let set = settings.set_survey(&world.admin(), csat.clone()).await.unwrap();
        assert_eq!(settings.of(&brand).await.unwrap().survey.as_deref(), Some(&set));
        assert_eq!(settings.of(&account("other")).await.unwrap().survey, None);
        let again = Settings::new(world.storage.clone());
        assert_eq!(again.of(&brand).await.unwrap().survey.as_deref(), Some(&set), "after a restart");
        let refused = settings.set_survey(&world.admin(), survey(r#"{"question":[]}"#)).await;
        assert!(matches!(refused, Err(Error::Invalid(text)) if text.contains("questions")));
        assert_eq!(settings.of(&brand).await.unwrap().survey.as_deref(), Some(&set), "kept");
        settings.clear_survey(&world.admin()).await.unwrap();
        assert_eq!(settings.of(&brand).await.unwrap().survey, None);
        let nowhere = world.operator.account_admin(account("unknown"));
        for refused in
            [settings.set_survey(&nowhere, csat).await.map(drop), settings.clear_survey(&nowhere).await]
        {
            assert!(matches!(refused, Err(Error::NotFound("account"))));
        }
    }

    #[tokio::test]
    async fn times_out_of_range_and_unknown_accounts_are_refused() {
        let world = World::new().await;
        let settings = Settings::new(world.storage.clone());
        for close_after_seconds in [0, MAX_CLOSE_AFTER + 1] {
            let behaviour = Behaviour { close_after_seconds, ..Behaviour::default() };
            let refused = settings.set_behaviour(&world.admin(), behaviour).await;
            assert!(matches!(refused, Err(Error::Invalid(_))));
        }
        let nowhere = world.operator.account_admin(account("unknown"));
        let refused = settings.set_behaviour(&nowhere, Behaviour::default()).await;
        assert!(matches!(refused, Err(Error::NotFound("account"))));
    }
}
