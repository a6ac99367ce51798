//! `trunkline export`: the conversations of an account, one in each line.

mod lines;
mod partial;
mod progress;

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use trunkline_model::Clock as _;
use trunkline_wire::operator::export::ExportConversations;

use crate::args::{Account, ExportArgs};
use crate::client::OperatorClient;
use crate::clock::SystemClock;
use crate::failure::{Exit, Failure};
use crate::output::{self, Format};

use lines::{Lines, Seen};
use partial::{Partial, Scope};
use progress::Progress;

/// What was made.
#[derive(Debug, Serialize)]
struct Made {
    file: String,
    bytes: u64,
    conversations: u64,
    cut: u64,
}

pub(crate) async fn run(client: &OperatorClient, format: Format, args: ExportArgs) -> Result<(), Failure> {
    let ExportArgs { account: Account { account }, since, output } = args;
    let scope = Scope { account, since, begun_at: SystemClock.now() };
    match output {
        Some(file) => into_file(client, format, scope, &file).await,
        None => onto_standard_output(client, scope).await,
    }
}

async fn into_file(
    client: &OperatorClient,
    format: Format,
    wanted: Scope,
    file: &Path,
) -> Result<(), Failure> {
    let to = wanted.begun_at;
    let (partial, scope, seen) = Partial::open(file, wanted)?;
    if seen.conversations > 0 {
        say(&format!("going on after {} conversations in {}", seen.conversations, partial.path().display()));
    }
    let progress = Progress::new(scope.since(), to);
    let mut export = Export { client, scope, seen, target: Target::File(partial), progress };
    let ended = export.run().await;
    export.progress.end();
    let Export { seen, target: Target::File(partial), .. } = export else { return ended };
    match ended {
        Ok(()) => partial.finish()?,
        Err(failure) if seen.conversations == 0 => {
            partial.discard();
            return Err(failure);
        }
        Err(failure) => {
            let part = partial.path().display();
            let hint = format!("what came is in {part}; the same command goes on from there");
            return Err(failure.hint(hint));
        }
    }
    let Seen { conversations, bytes, cut, .. } = seen;
    let made = Made { file: file.display().to_string(), bytes, conversations, cut };
    let mut fields = vec![
        ("file", made.file.clone()),
        ("bytes", bytes.to_string()),
        ("conversations", conversations.to_string()),
    ];
    fields.extend((cut > 0).then(|| ("cut", format!("{cut}: too long for a line, see info.isPartial"))));
    output::object(format, &made, &fields)
}

async fn onto_standard_output(client: &OperatorClient, scope: Scope) -> Result<(), Failure> {
    let progress = Progress::beside_lines(scope.since(), scope.begun_at);
    let mut export =
        Export { client, scope, seen: Seen::default(), target: Target::StandardOutput, progress };
    let ended = export.run().await;
    export.progress.end();
    if export.seen.cut > 0 {
        say(&format!("{} conversations were too long for a line, see info.isPartial", export.seen.cut));
    }
    ended
}

/// Where the lines go.
#[derive(Debug)]
enum Target {
    File(Partial),
    StandardOutput,
}

impl Target {
    /// `false` when nobody reads any more.
    fn write(&mut self, lines: &[u8]) -> Result<bool, Failure> {
        match self {
            Self::File(partial) => partial.append(lines).map(|()| true),
            Self::StandardOutput => output::bytes_on(lines),
        }
    }
}

/// An export that is under way.
#[derive(Debug)]
struct Export<'a> {
    client: &'a OperatorClient,
    scope: Scope,
    seen: Seen,
    target: Target,
    progress: Progress,
}

impl Export<'_> {
    /// Asks until there is everything. The server cuts off whoever takes its lines too slowly, a pager for instance; as
    /// long as something came, the rest is asked for.
    async fn run(&mut self) -> Result<(), Failure> {
        loop {
            let before = self.seen.conversations;
            match self.ask().await {
                Err(failure) if failure.exit() == Exit::Unreachable && self.seen.conversations > before => {}
                ended => return ended,
            }
        }
    }

    async fn ask(&mut self) -> Result<(), Failure> {
        let after = self.seen.last.map(|(id, _)| id);
        let request = ExportConversations::new(self.scope.since(), after);
        let mut download = self.client.read(&[self.scope.account.as_str()], &request).await?;
        let mut lines = Lines::default();
        while let Some(bytes) = download.next().await? {
            let whole = lines.take(&bytes).context("the server's lines cannot be read")?;
            for line in whole.split_inclusive(|byte| *byte == b'\n') {
                self.seen.add(line).context("the server's lines cannot be read")?;
            }
            if !self.target.write(&whole)? {
                break;
            }
            self.progress.show(&self.seen);
        }
        Ok(())
    }
}

/// What is no conversation is not for standard output.
fn say(text: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}
