//! An agent who follows a whole account: how long the first list takes, and what it costs.

mod store;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::super::memory::settled;
use super::super::{Bench, median, milliseconds};
use crate::agent::{AgentSocket, administrator, request};
use crate::report::{Bound, Row};
use crate::{server, stopwatch};

/// Open conversations of a real run.
const CONVERSATIONS: usize = 100_000;
/// Of a run that is for trying out.
const FEW_CONVERSATIONS: usize = 2_000;
/// Messages of each conversation: fewer than after which its state is stored again.
const MESSAGES: usize = 30;

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let count = if bench.plan.quick { FEW_CONVERSATIONS } else { CONVERSATIONS };
    let store = store::filled(bench, count, MESSAGES).await?;
    let mut rows = Vec::new();
    for (data, messages) in [(&store.silent, 0), (&store.talkative, MESSAGES)] {
        rows.extend(follow(bench, data, count, messages).await?);
    }
    Ok(rows)
}

/// What one list cost.
struct Snapshot {
    connected: Duration,
    complete: Duration,
    /// In megabytes.
    added: f64,
    /// More than that while it was made, in megabytes.
    peak: f64,
}

async fn follow(bench: &Bench, data: &Path, count: usize, messages: usize) -> anyhow::Result<Vec<Row>> {
    let mut snapshots = Vec::new();
    for _ in 0..bench.runs() {
        snapshots.push(once(bench, data, count).await?);
    }
    let of = |figure: fn(&Snapshot) -> f64| median(snapshots.iter().map(figure).collect());
    let time = of(|snapshot| milliseconds(snapshot.complete));
    Ok(vec![
        Row::absolute(
            &format!("list of {count} conversations, {messages} messages each"),
            time,
            "ms",
            Bound::at_most(3000.0, 1000.0),
        ),
        Row::noted("  of it until connected", of(|snapshot| milliseconds(snapshot.connected)), "ms"),
        Row::absolute("  memory added", of(|snapshot| snapshot.added), "MB", Bound::at_most(50.0, 10.0)),
        Row::noted("  at most meanwhile", of(|snapshot| snapshot.peak), "MB"),
    ])
}

/// A server that was just started knows no account yet, so the first socket pays for everything.
async fn once(bench: &Bench, data: &Path, count: usize) -> anyhow::Result<Snapshot> {
    let name = "agent-snapshot";
    store::copy(data, &bench.directory(name))?;
    let server = bench.launch(bench.directory(name), bench.core).start().await?;
    let (target, account) = (server.plain()?, &server.dev.account);
    // Before measuring: checking the password takes memory.
    let admin = administrator(&target, account, &server.dev.admin).await?;
    let before = settled(&server).await?;
    let began = stopwatch::now();
    let mut socket = AgentSocket::open(&target, account, &admin.bearer).await?;
    let connected = began.elapsed();
    socket.send(request::SUBSCRIBE_CONVERSATIONS, &json!({"convState": ["OPEN"]})).await?;
    let mut listed = 0;
    while listed < count {
        let frame = socket.next().await.with_context(|| format!("after {listed} conversations"))?;
        listed += frame.matches(r#""type":"UPSERT""#).count();
    }
    let complete = began.elapsed();
    ensure!(listed == count, "{listed} conversations were listed, not {count}");
    #[expect(clippy::cast_precision_loss, reason = "memory sizes stay far below 2^52")]
    let peak = server.process.most_resident()? as f64 / 1e6 - before;
    let added = settled(&server).await? - before;
    drop(socket);
    server::stop(server.process)?;
    server::clear(&bench.directory(name))?;
    Ok(Snapshot { connected, complete, added, peak })
}
