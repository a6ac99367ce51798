//! What is under way for one app.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::oneshot;
use trunkline_model::conversation::TailEntry;
use trunkline_model::{DeliveryProgress, DeliveryRecord, LogPosition};
use trunkline_services::auth::Operator;
use trunkline_services::webhooks::{Replay, ReplayError};
use trunkline_storage::{Error, TailPage};
use trunkline_wire::{AccountId, AppInstallationId, EpochMillis};

use super::{PAGE, Shared};
use crate::webhooks::reader::{Attempt, Load, Notes};
use crate::webhooks::transport::{Answer, Post};

/// How long reading waits after it failed.
const REST: Duration = Duration::from_secs(1);

/// Something that ended.
pub(super) enum Done {
    Sent {
        attempt: Attempt,
        answer: Answer,
        at: EpochMillis,
    },
    Live(Result<TailPage, Error>),
    /// With the place after which was read.
    Drain(LogPosition, Result<TailPage, Error>),
    Loaded(Load, Result<Vec<Arc<TailEntry>>, Error>),
    Flushed(Flush),
    Found(Found),
    /// Reading may be tried again.
    Rested,
    Disabled(Result<(), trunkline_services::Error>),
}

/// Progress that was written, or not.
pub(super) struct Flush {
    pub(super) notes: Notes,
    pub(super) written: bool,
    /// The records that were not written.
    pub(super) records: Vec<DeliveryRecord>,
}

/// The first entry of a replay.
pub(super) struct Found {
    pub(super) replay: Replay,
    pub(super) entry: Result<Option<Arc<TailEntry>>, Error>,
    pub(super) done: oneshot::Sender<Result<(), ReplayError>>,
}

/// Everything under way.
#[derive(Default)]
pub(super) struct Running {
    futures: FuturesUnordered<BoxFuture<'static, Done>>,
    pub(super) reads: Reads,
    pub(super) loads: usize,
    pub(super) flushes: bool,
}

/// What is being read.
#[derive(Default)]
pub(super) struct Reads {
    pub(super) live: bool,
    pub(super) drain: bool,
    /// Reading waits because it failed.
    pub(super) rest: bool,
}

impl Running {
    /// The next thing that ends; `None` when nothing is under way.
    pub(super) async fn next(&mut self) -> Option<Done> {
        let done = self.futures.next().await?;
        match &done {
            Done::Live(_) => self.reads.live = false,
            Done::Drain(..) => self.reads.drain = false,
            Done::Rested => self.reads.rest = false,
            Done::Loaded(..) => self.loads -= 1,
            Done::Flushed(_) => self.flushes = false,
            Done::Sent { .. } | Done::Found(_) | Done::Disabled(_) => {}
        }
        Some(done)
    }

    pub(super) fn post(&mut self, shared: &Arc<Shared>, attempt: Attempt, post: Post, at: EpochMillis) {
        let transport = Arc::clone(&shared.transport);
        let post = async move { Done::Sent { attempt, answer: transport.post(post).await, at } };
        self.futures.push(post.boxed());
    }

    pub(super) fn read_live(
        &mut self,
        shared: &Arc<Shared>,
        account: &AccountId,
        after: LogPosition,
        until: LogPosition,
    ) {
        self.reads.live = true;
        let (storage, account) = (Arc::clone(&shared.storage), account.clone());
        let read = async move { Done::Live(storage.account_tail(&account, after, until, PAGE).await) };
        self.futures.push(read.boxed());
    }

    pub(super) fn read_drain(
        &mut self,
        shared: &Arc<Shared>,
        account: &AccountId,
        after: LogPosition,
        until: LogPosition,
    ) {
        self.reads.drain = true;
        let (storage, account) = (Arc::clone(&shared.storage), account.clone());
        let read =
            async move { Done::Drain(after, storage.account_tail(&account, after, until, PAGE).await) };
        self.futures.push(read.boxed());
    }

    pub(super) fn load(&mut self, shared: &Arc<Shared>, account: &AccountId, load: Load) {
        self.loads += 1;
        let (storage, account) = (Arc::clone(&shared.storage), account.clone());
        let read = async move {
            let conversation = load.key.conversation;
            let entries = storage.conversation_tail(&account, conversation, load.after, load.limit).await;
            Done::Loaded(load, entries)
        };
        self.futures.push(read.boxed());
    }

    /// Reading waits a little before it is tried again.
    pub(super) fn rest(&mut self) {
        if std::mem::replace(&mut self.reads.rest, true) {
            return;
        }
        self.futures.push(tokio::time::sleep(REST).map(|()| Done::Rested).boxed());
    }

    pub(super) fn flush(&mut self, shared: &Arc<Shared>, progress: DeliveryProgress, notes: Notes) {
        self.flushes = true;
        let flusher = shared.flusher.clone();
        let records = progress.records.clone();
        let flush = async move {
            let written = flusher.write(progress).await;
            Done::Flushed(Flush { notes, written, records: if written { Vec::new() } else { records } })
        };
        self.futures.push(flush.boxed());
    }

    /// Looks for the first entry of a replay.
    pub(super) fn find(
        &mut self,
        shared: &Arc<Shared>,
        account: &AccountId,
        replay: Replay,
        done: oneshot::Sender<Result<(), ReplayError>>,
    ) {
        let (storage, account) = (Arc::clone(&shared.storage), account.clone());
        let find = async move {
            let (conversation, version) = match replay {
                Replay::Event { conversation, version } => (conversation, version),
                Replay::Conversation { conversation, from } => (conversation, from),
                Replay::After(_) | Replay::Outage => {
                    return Done::Found(Found { replay, entry: Ok(None), done });
                }
            };
            let after = version.saturating_sub(1);
            let entries = storage.conversation_tail(&account, conversation, after, 1).await;
            let entry = entries.map(|entries| entries.into_iter().next());
            Done::Found(Found { replay, entry, done })
        };
        self.futures.push(find.boxed());
    }

    pub(super) fn disable(&mut self, shared: &Arc<Shared>, account: &AccountId, app: AppInstallationId) {
        let installations = Arc::clone(&shared.installations);
        let admin = Operator::this_process().account_admin(account.clone());
        let disable =
            async move { Done::Disabled(installations.set_enabled(&admin, app, false).await.map(drop)) };
        self.futures.push(disable.boxed());
    }
}
