//! How fast the embedded store commits: alone, and with many committers at once.
//!
//! `cargo run --release -p trunkline-storage-sqlite --example commit_rate [-- SECONDS [DIRECTORY [OTHERS]]]`
//!
//! Prints commits per second and latency for one committer and for 64 and 256 over 1 000 conversations, and the writer
//! thread's share. With OTHERS, so many conversations are opened first. Pin it to one core (`taskset -c 0`) to compare with other machines.
#![expect(clippy::disallowed_methods, reason = "measuring is what this is for")]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use trunkline_model::conversation::Conversation;
use trunkline_storage::testing::samples::{brand, consumer, notes, opened, opening};
use trunkline_storage::{ConversationLog as _, Error, Health as _};
use trunkline_storage_sqlite::{Options, SqliteStorage};

const CONVERSATIONS: u32 = 1_000;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let directory = arguments.next().map(PathBuf::from);
    let others = arguments.next().map_or(Ok(0), |text| text.parse())?;
    let temporary = tempfile::tempdir()?;
    let directory = directory.unwrap_or_else(|| temporary.path().to_owned());
    let storage = SqliteStorage::open(&directory, Options::default())?;

    open_others(&storage, others).await?;
    let start = Instant::now();
    let mut states = open_all(&storage).await?;
    let rate = f64::from(CONVERSATIONS) / start.elapsed().as_secs_f64();
    println!("{CONVERSATIONS} conversations opened by one committer: {rate:.0}/s");
    for committers in [1, 64, 256] {
        measure(&storage, &mut states, committers, Duration::from_secs(seconds)).await?;
    }
    storage.close().await;

    let start = Instant::now();
    let storage = SqliteStorage::open(&directory, Options::default())?;
    println!("reopened in {:?}; {}", start.elapsed(), memory());
    storage.close().await;
    Ok(())
}

/// Opens conversations of other consumers, by 64 committers at once.
async fn open_others(storage: &Arc<SqliteStorage>, others: u32) -> Result<(), Failure> {
    const COMMITTERS: u32 = 64;
    let start = Instant::now();
    let mut running = JoinSet::new();
    for committer in 0..COMMITTERS {
        let storage = Arc::clone(storage);
        running.spawn(async move {
            for number in (committer..others).step_by(COMMITTERS as usize) {
                let number = CONVERSATIONS + number;
                storage.commit(opening(&brand(), number, consumer(number.reverse_bits()))).await?;
            }
            Ok::<(), Error>(())
        });
    }
    while let Some(outcome) = running.join_next().await {
        outcome??;
    }
    let rate = f64::from(others) / start.elapsed().as_secs_f64();
    println!("{others} other conversations opened by {COMMITTERS} committers: {rate:.0}/s; {}", memory());
    Ok(())
}

async fn open_all(storage: &SqliteStorage) -> Result<Vec<Conversation>, Error> {
    let mut states = Vec::new();
    for number in 0..CONVERSATIONS {
        let change = opening(&brand(), number, consumer(number));
        states.push(opened(&change));
        storage.commit(change).await?;
    }
    Ok(states)
}

/// Lets each committer append to its own conversations in turn, until the time is up.
async fn measure(
    storage: &Arc<SqliteStorage>,
    states: &mut Vec<Conversation>,
    committers: usize,
    span: Duration,
) -> Result<(), Failure> {
    let mut running = JoinSet::new();
    let share = states.len().div_ceil(committers);
    let start = Instant::now();
    while !states.is_empty() {
        let own = states.split_off(states.len().saturating_sub(share));
        running.spawn(commit_until(Arc::clone(storage), own, start + span));
    }
    let mut latencies = Vec::new();
    while let Some(outcome) = running.join_next().await {
        let (own, taken) = outcome??;
        states.extend(own);
        latencies.extend(taken);
    }
    let rate = latencies.len() as f64 / start.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let at = |permille: usize| latencies.get(latencies.len() * permille / 1000).copied().unwrap_or_default();
    println!(
        "{committers:>4} committers: {rate:>7.0} commits/s, p50 {:?}, p99 {:?}, p99.9 {:?}; writer {:?} CPU in all",
        at(500),
        at(990),
        at(999),
        writer_time(),
    );
    Ok(())
}

async fn commit_until(
    storage: Arc<SqliteStorage>,
    mut states: Vec<Conversation>,
    end: Instant,
) -> Result<(Vec<Conversation>, Vec<Duration>), Error> {
    let text = "x".repeat(200);
    let mut latencies = Vec::new();
    loop {
        for state in &mut states {
            let start = Instant::now();
            if start >= end {
                return Ok((states, latencies));
            }
            storage.commit(notes(state, state.version, &[&text])).await?;
            state.version += 1;
            latencies.push(start.elapsed());
        }
    }
}

/// CPU time of the writer thread so far, where the system tells.
fn writer_time() -> Option<Duration> {
    for thread in std::fs::read_dir("/proc/self/task").ok()?.flatten() {
        let name = std::fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        if name.trim_end() == "store-writer" {
            let nanoseconds = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            return nanoseconds.split(' ').next()?.parse().ok().map(Duration::from_nanos);
        }
    }
    None
}

/// The memory the process uses, where the system tells.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.unwrap_or("VmRSS: unknown").split_whitespace().collect::<Vec<_>>().join(" ")
}
