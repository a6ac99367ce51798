//! Ending what nobody ends: conversations without activity, and surveys that nobody answers. Source: spec 05 §4.3
//! "Auto-close", 21 §9 "system time-out".
//!
//! Two tasks. One looks, every now and then, for conversations whose last entry lies before a place in the log
//! (`inactivity`); nothing is kept in memory about any of them. The other knows the surveys that are on, because it is told
//! of each, and ends it in time (`surveys`). Both only propose: the command looks at the activity again, in the
//! conversation's turn.

mod deadlines;
mod inactivity;
mod schedule;
mod surveys;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_model::Timer;
use trunkline_model::conversation::{Actor, Command, Refusal};
use trunkline_storage::Storage;
use trunkline_wire::{AccountId, ConversationId, DialogId, EpochMillis};

use crate::Error;
use crate::conversations::{Conversations, NotDone};
use crate::settings::Settings;

/// How long trouble with the store keeps the next attempt waiting.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// The most that is ended at the same time: requests find their place between.
const AT_ONCE: usize = 16;

/// What the service stands on.
pub struct ExpiryParts {
    /// The store.
    pub storage: Arc<dyn Storage>,
    /// After which time an account wants its conversations closed.
    pub settings: Arc<Settings>,
    /// What is done to conversations.
    pub conversations: Arc<Conversations>,
}

/// The service that ends things.
pub struct Expiry(Arc<ExpiryParts>);

impl Expiry {
    /// The service; it does nothing before [`Expiry::start`].
    pub fn new(parts: ExpiryParts) -> Self {
        Self(Arc::new(parts))
    }

    /// Works from now on until `stop`. What is under way then may be done or not; it is found again at the next start.
    pub fn start(&self, timer: &Arc<dyn Timer>, tasks: &TaskTracker, stop: &CancellationToken) {
        let quiet = inactivity::run(Arc::clone(&self.0), Arc::clone(timer));
        let surveys = surveys::run(Arc::clone(&self.0), Arc::clone(timer));
        tasks.spawn(stop.clone().run_until_cancelled_owned(quiet));
        tasks.spawn(stop.clone().run_until_cancelled_owned(surveys));
    }
}

/// Something to end if nothing happened there after `quiet_since`.
struct Ending {
    account: AccountId,
    conversation: ConversationId,
    /// `None` for the whole conversation.
    dialog: Option<DialogId>,
    quiet_since: EpochMillis,
}

impl ExpiryParts {
    /// Ends all of these as far as nothing happened there. Returns the conversations that could not be changed, each of
    /// which was logged and left as it was; the others do not wait for them.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when the store takes nothing at present; what was not begun by then is not.
    async fn end(self: &Arc<Self>, endings: Vec<Ending>) -> Result<Vec<ConversationId>, Error> {
        let (mut running, mut outcome) = (JoinSet::new(), Ok(Vec::new()));
        let mut endings = endings.into_iter();
        loop {
            while running.len() < AT_ONCE
                && outcome.is_ok()
                && let Some(ending) = endings.next()
            {
                let (parts, conversation) = (Arc::clone(self), ending.conversation);
                running.spawn(async move { (conversation, parts.end_one(ending).await) });
            }
            match running.join_next().await {
                // Done; or it panicked, which is logged by then, and the next look tries again.
                Some(Ok((_, Ok(()))) | Err(_)) => {}
                Some(Ok((_, Err(Error::Overloaded)))) => outcome = Err(Error::Overloaded),
                Some(Ok((conversation, Err(error)))) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(%conversation, error, "a time-out cannot be carried out: trying again later");
                    if let Ok(failed) = &mut outcome {
                        failed.push(conversation);
                    }
                }
                None => return outcome,
            }
        }
    }

    async fn end_one(&self, ending: Ending) -> Result<(), Error> {
        let Ending { account, conversation, dialog, quiet_since } = ending;
        let command = Command::Expire { dialog, quiet_since };
        match self.conversations.act(&account, Actor::System, conversation, command).await {
            // Somebody else ended it first.
            Ok(_) | Err(NotDone::Unknown | NotDone::Refused(Refusal::Closed)) => Ok(()),
            Err(NotDone::Refused(refusal)) => {
                tracing::warn!(%account, %conversation, %refusal, "a time-out was refused");
                Ok(())
            }
            Err(NotDone::Service(error)) => Err(error),
        }
    }
}

impl fmt::Debug for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expiry").finish_non_exhaustive()
    }
}
