//! Conversation history: how soon one conversation and one consumer are found among many, and what a scan of everything, or
//! erasing, costs those who write.
//!
//! The store is the one of the `million` group, on a copy of which everything works.

mod beside;
mod erasing;
mod lookup;
mod scan;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use anyhow::Context as _;

use super::memory::Messages;
use super::store::{self, MANY};
use super::{Bench, CONNECTIONS, texts};
use crate::agent::administrator;
use crate::http::{Answer, Target};
use crate::load::{self, Each, Exhaustible, Span};
use crate::platform::{self, Platform};
use crate::report::Row;
use crate::requests::{Facts, Reader};
use crate::server;

/// Conversations of a run that is for trying out.
const FEW: usize = 2_000;
/// Messages of each conversation that is searched for.
const MESSAGES: usize = 10;
/// Connections over which the facts are asked for: the server serves one such search at a time and lets few wait.
const ASKING: usize = 16;

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let count = if bench.plan.quick { FEW } else { MANY };
    let (data_dir, samples) = store::filled(bench, count).await?;
    let launch = bench.launch(data_dir, bench.core);
    let server = launch.start().await?;
    let platform = Platform::sign_in(&server).await?;
    let conversations = store::conversations(&platform, &samples).await?;
    let requests = texts(&platform, &conversations);
    talk(&platform.target, requests.clone()).await?;
    let admin = administrator(&platform.target, &platform.caller.account, &server.dev.admin).await?;
    let reader = Reader { account: platform.caller.account.clone(), bearer: admin.bearer };
    let ids = conversations.into_iter().map(|open| open.id).collect();
    let archive = Archive::of(platform.target.clone(), reader, ids).await?;
    let mut rows = lookup::measure(bench, &archive, count).await?;
    rows.extend(scan::measure(bench, &archive, &requests).await?);
    rows.extend(erasing::measure(bench, &platform, &requests, store::others(count)).await?);
    server::stop(server.process)?;
    server::clear(&launch.data_dir)?;
    Ok(rows)
}

/// Sends each of these messages so often.
async fn talk(target: &Target, requests: Vec<Vec<u8>>) -> anyhow::Result<()> {
    let count = requests.len() * MESSAGES;
    let messages = Arc::new(Messages(requests));
    let workloads = Exhaustible::spread(&messages, &Arc::new(AtomicUsize::new(0)), count, CONNECTIONS);
    let (outcome, _) = load::run(target, workloads, Span::exhausting()).await?;
    outcome.all_well("SEND before the searches").map(drop)
}

/// What is searched, by whom and for what.
struct Archive {
    target: Target,
    reader: Reader,
    /// Conversations, one of each consumer.
    ids: Vec<String>,
    /// Their consumers.
    consumers: Vec<String>,
    /// When the first of them began, in milliseconds.
    began: i64,
}

impl Archive {
    async fn of(target: Target, reader: Reader, ids: Vec<String>) -> anyhow::Result<Self> {
        let count = ids.len();
        let asked = Asked { reader: reader.clone(), ids: ids.clone() };
        let (facts, _) = platform::all_over(&target, asked, count, ASKING).await?;
        let began = facts.iter().map(|facts| facts.started).min().context("no conversation")?;
        let consumers = facts.into_iter().map(|facts| facts.consumer).collect();
        Ok(Self { target, reader, ids, consumers, began })
    }
}

/// Asks for the facts of each conversation.
struct Asked {
    reader: Reader,
    ids: Vec<String>,
}

impl Each for Asked {
    type Yield = Facts;

    fn write(&self, index: usize, request: &mut Vec<u8>) {
        let id = self.ids.get(index).map_or("", String::as_str);
        request.extend_from_slice(&self.reader.conversation(id));
    }

    fn read(&self, _: usize, answer: &Answer<'_>) -> Option<Facts> {
        Facts::answered(answer)
    }
}
