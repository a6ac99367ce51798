//! The filled stores that are kept between runs: one before and one after the messages.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use anyhow::ensure;

use super::super::super::messages::OK;
use super::super::super::{Bench, CONNECTIONS};
use crate::http::Answer;
use crate::load::{self, Each, Exhaustible, Span};
use crate::platform::{Conversation, Platform};
use crate::requests::Caller;
use crate::server;

/// Two data directories with the same conversations.
pub(super) struct Store {
    /// Without a message.
    pub(super) silent: PathBuf,
    /// With messages.
    pub(super) talkative: PathBuf,
}

/// Fills the stores if they are not there. Unpinned, because nothing is measured yet.
pub(super) async fn filled(bench: &Bench, count: usize, messages: usize) -> anyhow::Result<Store> {
    let home = bench.directory(&format!("store-agents-{count}-{messages}"));
    let store = Store { silent: home.join("silent"), talkative: home.join("talkative") };
    let finished = home.join("finished");
    if finished.exists() {
        return Ok(store);
    }
    server::clear(&home)?;
    std::fs::create_dir_all(&home)?;
    eprintln!("  storing {count} conversations");
    let conversations = open(bench, &store.silent, count).await?;
    copy(&store.silent, &store.talkative)?;
    eprintln!("  storing {messages} messages in each");
    talk(bench, &store.talkative, conversations, messages).await?;
    std::fs::write(finished, b"")?;
    Ok(store)
}

async fn open(bench: &Bench, data: &Path, count: usize) -> anyhow::Result<Vec<Conversation>> {
    let server = bench.launch(data.to_owned(), None).start().await?;
    let platform = Platform::sign_in(&server).await?;
    let (consumers, _) = platform.consumers((0..count).map(|n| format!("listed-{n}")).collect()).await?;
    let conversations = platform.conversations(&consumers).await?;
    server::stop(server.process)?;
    Ok(conversations)
}

async fn talk(
    bench: &Bench,
    data: &Path,
    conversations: Vec<Conversation>,
    messages: usize,
) -> anyhow::Result<()> {
    let server = bench.launch(data.to_owned(), None).start().await?;
    let platform = Platform::sign_in(&server).await?;
    let end = conversations.len() * messages;
    let each = Arc::new(Texts { caller: platform.caller.clone(), conversations });
    let workloads = Exhaustible::spread(&each, &Arc::new(AtomicUsize::new(0)), end, CONNECTIONS);
    let (outcome, _) = load::run(&platform.target, workloads, Span::exhausting()).await?;
    outcome.all_well("filling conversations")?;
    server::stop(server.process)
}

/// Copies a data directory, whole on the disk: dirty pages would compete with what is measured.
pub(super) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    server::clear(to)?;
    for command in [Command::new("cp").arg("-a").arg(from).arg(to), &mut Command::new("sync")] {
        let status = command.status()?;
        ensure!(status.success(), "{command:?} ended with {status}");
    }
    Ok(())
}

/// A text for each conversation in turn, made on the fly: three million requests would not fit into memory.
struct Texts {
    caller: Caller,
    conversations: Vec<Conversation>,
}

impl Each for Texts {
    type Yield = ();

    fn write(&self, index: usize, request: &mut Vec<u8>) {
        if let Some(open) = self.conversations.get(index % self.conversations.len()) {
            let text = "Is the shop open on Sunday, and does it take cards or only cash?";
            request.extend_from_slice(&self.caller.text(&open.jws, &open.id, text));
        }
    }

    fn read(&self, _: usize, answer: &Answer<'_>) -> Option<()> {
        (answer.status == 200 && answer.contains(OK)).then_some(())
    }
}
