//! Closing conversations in which nothing happened for the time that their account has set.
//!
//! The log is in the order of time: where it stood so long ago, a conversation is quiet if its last entry is not after that
//! place. The store lists these without reading a single entry. A look goes page by page, and looks at several accounts take
//! turns, so a large one keeps nobody waiting. Where nothing was found and the log has not moved on there is nothing to
//! look for.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use trunkline_model::{LogPosition, PageRequest, Timer};
use trunkline_wire::{AccountId, ConversationId, EpochMillis};

use super::schedule::{Schedule, interval, rest};
use super::{AFTER_FAILURE, Ending, ExpiryParts};
use crate::Error;

/// Conversations found at once.
const PAGE: usize = 512;
/// Accounts read at once.
const ACCOUNTS: usize = 500;

/// Works for ever.
pub(super) async fn run(parts: Arc<ExpiryParts>, timer: Arc<dyn Timer>) {
    let mut changes = parts.settings.changed_accounts();
    let mut looks = Looks {
        parts,
        timer,
        schedule: Schedule::default(),
        next_listing: EpochMillis(0),
        running: VecDeque::new(),
    };
    loop {
        loop {
            match changes.try_recv() {
                Ok(account) => looks.changed(Some(account)),
                Err(TryRecvError::Lagged(_)) => looks.changed(None),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        if looks.step().await {
            continue;
        }
        let wake = looks.timer.sleep_until(looks.next_wake());
        tokio::select! {
            change = changes.recv() => match change {
                Ok(account) => looks.changed(Some(account)),
                Err(RecvError::Lagged(_)) => looks.changed(None),
                // The settings live as long as this task.
                Err(RecvError::Closed) => return,
            },
            () = wake => {}
        }
    }
}

struct Looks {
    parts: Arc<ExpiryParts>,
    timer: Arc<dyn Timer>,
    schedule: Schedule,
    /// When accounts are listed again: new ones say nothing.
    next_listing: EpochMillis,
    running: VecDeque<Look>,
}

/// A look at one account.
struct Look {
    account: AccountId,
    /// Activity up to here is too old.
    quiet_since: EpochMillis,
    /// Where the log stood then.
    until: LogPosition,
    /// When the next look is due.
    next: EpochMillis,
    after: Option<ConversationId>,
    found_any: bool,
    /// How long the store has searched.
    searched: Duration,
}

impl Looks {
    /// Other settings count: for one account, or nobody knows for which.
    fn changed(&mut self, account: Option<AccountId>) {
        let now = self.timer.now();
        match account {
            Some(account) => self.schedule.hurry(account, now),
            None => self.schedule.hurry_all(now),
        }
    }

    fn next_wake(&self) -> EpochMillis {
        self.schedule.next().map_or(self.next_listing, |next| next.min(self.next_listing))
    }

    /// Does a bounded piece of work. False when there is nothing to do now.
    async fn step(&mut self) -> bool {
        let now = self.timer.now();
        if now >= self.next_listing {
            self.list_accounts(now).await;
        }
        // Looks that begin do not wait for those that are under way.
        if let Some(account) = self.schedule.take_due(now) {
            match self.begin(account.clone(), now).await {
                Ok(Some(look)) => self.running.push_back(look),
                Ok(None) => {}
                Err(error) => self.failed(&account, &error),
            }
            return true;
        }
        let Some(mut look) = self.running.pop_front() else { return false };
        match self.page(&mut look).await {
            Ok(true) => self.running.push_back(look),
            Ok(false) => {
                if !look.found_any {
                    self.schedule.settle(&look.account, look.until);
                }
                let now = self.timer.now();
                self.schedule.looked(&look.account, look.next.max(now.plus(rest(look.searched))), now);
            }
            Err(error) => self.failed(&look.account, &error),
        }
        true
    }

    async fn list_accounts(&mut self, now: EpochMillis) {
        let every = interval(self.parts.settings.default_behaviour().close_after());
        self.next_listing = now.plus(every);
        let mut page = PageRequest::first(ACCOUNTS);
        loop {
            match self.parts.storage.accounts(page).await {
                Ok(found) => {
                    for account in found.items {
                        self.schedule.add(account.id, now);
                    }
                    let Some(after) = found.next else { return };
                    page = PageRequest { after: Some(after), limit: ACCOUNTS };
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(
                        error,
                        "cannot list the accounts to close quiet conversations: trying again"
                    );
                    self.next_listing = now.plus(AFTER_FAILURE);
                    return;
                }
            }
        }
    }

    /// Finds out what to look for; `None` when there cannot be anything.
    async fn begin(&mut self, account: AccountId, now: EpochMillis) -> Result<Option<Look>, Error> {
        let close_after = self.parts.settings.of(&account).await?.behaviour.close_after();
        let next = now.plus(interval(close_after));
        let quiet_since = before(now, close_after);
        // Whatever was decided at that moment is old enough.
        let until = self.parts.storage.position_before(quiet_since.plus(Duration::from_millis(1))).await?;
        if self.schedule.is_settled(&account, until) {
            self.schedule.looked(&account, next, now);
            return Ok(None);
        }
        Ok(Some(Look {
            account,
            quiet_since,
            until,
            next,
            after: None,
            found_any: false,
            searched: Duration::ZERO,
        }))
    }

    /// Deals with one page of a look. False when it was the last.
    async fn page(&self, look: &mut Look) -> Result<bool, Error> {
        let page = PageRequest { after: look.after, limit: PAGE };
        #[expect(clippy::disallowed_methods, reason = "how long the machine works, not what time it is")]
        let begun = Instant::now();
        let found = self.parts.storage.quiet_conversations(&look.account, look.until, page).await?;
        look.searched += begun.elapsed();
        look.found_any |= !found.items.is_empty();
        let endings = found.items.iter().map(|conversation| Ending {
            account: look.account.clone(),
            conversation: *conversation,
            dialog: None,
            quiet_since: look.quiet_since,
        });
        // What cannot be closed is found again by the next look.
        let _failed = self.parts.end(endings.collect()).await?;
        look.after = found.next;
        Ok(found.next.is_some())
    }

    fn failed(&mut self, account: &AccountId, error: &Error) {
        let error = error as &dyn std::error::Error;
        tracing::error!(%account, error, "cannot close quiet conversations: trying again");
        let now = self.timer.now();
        self.schedule.looked(account, now.plus(AFTER_FAILURE), now);
    }
}

/// The moment that lies a span before another.
fn before(moment: EpochMillis, span: Duration) -> EpochMillis {
    EpochMillis(moment.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}
