//! The store with many conversations, which is filled through the API once and kept between runs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use super::{Bench, CONVERSATIONS};
use crate::platform::{Conversation, Platform};
use crate::server;

/// Conversations of a real run.
pub(super) const MANY: usize = 1_000_000;
/// Conversations between two notes of the progress.
const CHUNK: usize = 20_000;

/// One of the conversations that messages are sent to, spread evenly over the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sample {
    /// The consumer's external id.
    name: String,
    /// The conversation.
    id: String,
}

/// How far the store is filled.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    conversations: usize,
    samples: Vec<Sample>,
}

/// Fills the store as far as it is not yet, and copies it.
pub(super) async fn filled(bench: &Bench, count: usize) -> anyhow::Result<(PathBuf, Vec<Sample>)> {
    let home = bench.directory(&format!("store-{count}"));
    std::fs::create_dir_all(&home)?;
    let mut progress = Progress::read(&home)?;
    if progress.conversations < count {
        fill(bench, &home, &mut progress, count).await?;
    }
    let copy = bench.directory("store-copy");
    server::clear(&copy)?;
    run(Command::new("cp").arg("-a").arg(home.join("data")).arg(&copy))?;
    // The copy's dirty pages would compete with the first measured writes.
    run(&mut Command::new("sync"))?;
    Ok((copy, progress.samples))
}

/// The conversations that messages are sent to, with tokens of their consumers.
pub(super) async fn conversations(
    platform: &Platform,
    samples: &[Sample],
) -> anyhow::Result<Vec<Conversation>> {
    let names = samples.iter().map(|sample| sample.name.clone()).collect();
    let (consumers, _) = platform.consumers(names).await?;
    let ids = samples.iter().map(|sample| sample.id.clone());
    Ok(consumers.into_iter().zip(ids).map(|(consumer, id)| Conversation { jws: consumer.jws, id }).collect())
}

/// The consumers whose conversations are no samples.
pub(super) fn others(count: usize) -> impl Iterator<Item = String> + Send + 'static {
    let stride = stride(count);
    (0..count).filter(move |n| n % stride != 0).map(name)
}

fn stride(count: usize) -> usize {
    (count / CONVERSATIONS).max(1)
}

fn name(number: usize) -> String {
    format!("many-{number}")
}

/// Unpinned, because nothing is measured yet.
async fn fill(bench: &Bench, home: &Path, progress: &mut Progress, count: usize) -> anyhow::Result<()> {
    if progress.conversations == 0 {
        server::clear(&home.join("data"))?;
    }
    let server = bench.launch(home.join("data"), None).start().await?;
    let stride = stride(count);
    while progress.conversations < count {
        // Anew for each chunk: an AppJWT lives for an hour.
        let platform = Platform::sign_in(&server).await?;
        let chunk = progress.conversations..(progress.conversations + CHUNK).min(count);
        let names: Vec<String> = chunk.clone().map(name).collect();
        let (consumers, _) = platform.consumers(names.clone()).await?;
        let opened = platform.conversations_where_missing(&consumers).await?;
        let whole = opened.len() == names.len();
        let samples =
            opened.into_iter().zip(names).zip(chunk.clone()).filter(|(_, n)| whole && n % stride == 0);
        progress.samples.extend(samples.map(|((open, name), _)| Sample { name, id: open.id }));
        progress.conversations = chunk.end;
        progress.write(home)?;
        eprintln!("  {} of {count} conversations stored", progress.conversations);
    }
    ensure!(!progress.samples.is_empty(), "the store was filled without samples; remove {}", home.display());
    server::stop(server.process)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status()?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

impl Progress {
    fn read(home: &Path) -> anyhow::Result<Self> {
        match std::fs::read(home.join("progress.json")) {
            Ok(bytes) => serde_json::from_slice(&bytes).context("reading how far the store is filled"),
            Err(_) => Ok(Self::default()),
        }
    }

    fn write(&self, home: &Path) -> anyhow::Result<()> {
        std::fs::write(home.join("progress.json"), serde_json::to_vec(self)?)
            .context("noting how far the store is filled")
    }
}
