//! `trunkline backup`: everything of a running server in one file.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tempfile::NamedTempFile;
use trunkline_wire::operator::backup;

use crate::archive;
use crate::client::OperatorClient;
use crate::failure::{Exit, Failure};
use crate::output::{self, Format};

/// What was made.
#[derive(Debug, Serialize)]
struct Made {
    file: String,
    bytes: u64,
    members: usize,
    created_at: trunkline_wire::EpochMillis,
}

pub(crate) async fn run(client: &OperatorClient, format: Format, file: &Path) -> Result<(), Failure> {
    if file.exists() {
        let message = format!("{} is there already", file.display());
        return Err(Failure::message(Exit::Conflict, message).hint("name a file that is not there"));
    }
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Only its owner reads it, and it gets its name when it is whole.
    let partial = NamedTempFile::new_in(directory);
    let mut partial = partial.with_context(|| format!("cannot write into {}", directory.display()))?;
    let progress = spinner();
    let mut download = client.download(backup::PATH).await?;
    while let Some(bytes) = download.next().await? {
        partial.write_all(&bytes).with_context(|| format!("cannot write into {}", directory.display()))?;
        progress.inc(u64::try_from(bytes.len()).unwrap_or(0));
    }
    progress.finish_and_clear();
    let path = partial.path().to_owned();
    let manifest = archive::read(&path, |_| Ok(Box::new(std::io::sink())))
        .context("the server ended the backup too early, its log says why")?;
    partial.as_file().sync_all().context("cannot write the archive")?;
    let bytes = partial.as_file().metadata().context("cannot read the archive")?.len();
    let kept = partial.persist_noclobber(file);
    kept.with_context(|| format!("cannot name the archive {}", file.display()))?;
    let made = Made {
        file: file.display().to_string(),
        bytes,
        members: manifest.members.len(),
        created_at: manifest.created_at,
    };
    let fields = [
        ("file", made.file.clone()),
        ("bytes", made.bytes.to_string()),
        ("begun", output::time(made.created_at)),
        ("keys", "not in it: keep the server's master.key in another place".to_owned()),
    ];
    output::object(format, &made, &fields)
}

/// Shows on a terminal how far it is.
fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {bytes} ({bytes_per_sec})");
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    bar
}
