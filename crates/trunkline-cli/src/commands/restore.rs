//! `trunkline restore`: a data directory out of a backup.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use tempfile::TempDir;
use trunkline_storage_sqlite::Contents;
use trunkline_wire::EpochMillis;
use trunkline_wire::operator::backup::{Manifest, STORE};

use super::settings;
use crate::archive;
use crate::args::Global;
use crate::data_dir::DataDir;
use crate::failure::{Exit, Failure};
use crate::output;

/// How the files of a store end: the database, and the logs that SQLite keeps beside it.
const ENDINGS: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// What was restored.
#[derive(Debug, Serialize)]
struct Restored {
    data_dir: String,
    conversations: u64,
    log_entries: u64,
    backup_of: EpochMillis,
    made_by: String,
}

pub(crate) fn run(global: &Global, file: &Path) -> Result<(), Failure> {
    let data_dir = DataDir::new(settings(global)?.server.data_dir);
    data_dir.create()?;
    let lock = data_dir.lock()?;
    match restore(&data_dir, file) {
        Ok((manifest, contents)) => show(global, &data_dir, &manifest, contents),
        Err(failure) => {
            lock.undo();
            Err(failure)
        }
    }
}

/// Puts the store of a backup into a directory that has none.
fn restore(data_dir: &DataDir, file: &Path) -> Result<(Manifest, Contents), Failure> {
    let store = data_dir.file(STORE);
    if let Some(left) = left_of_store(data_dir) {
        let message = format!("there is a store in {}: {}", data_dir.path().display(), left.display());
        return Err(Failure::message(Exit::Conflict, message)
            .hint("restore into an empty directory, named with --data-dir"));
    }
    // In the same directory, so that the last step is a rename; it goes away if anything fails before.
    let unpacked = TempDir::new_in(data_dir.path());
    let unpacked = unpacked.with_context(|| format!("cannot write into {}", data_dir.path().display()))?;
    let manifest = archive::read(file, |name| keep(unpacked.path(), name))
        .with_context(|| format!("cannot restore from {}", file.display()))?;
    let restored = unpacked.path().join(STORE);
    let contents =
        trunkline_storage_sqlite::verify(&restored).context("the store in the backup is damaged")?;
    fs::rename(&restored, &store).context("cannot put the store into its place")?;
    File::open(data_dir.path())
        .and_then(|directory| directory.sync_all())
        .context("cannot write the directory")?;
    Ok((manifest, contents))
}

/// A file of a store that is or was in the directory. SQLite would apply the log of another database, left behind by a
/// crash, to the restored one.
fn left_of_store(data_dir: &DataDir) -> Option<PathBuf> {
    let mut files = ENDINGS.iter().map(|ending| data_dir.file(&format!("{STORE}{ending}")));
    // A link that leads nowhere is a file, too.
    files.find(|path| path.symlink_metadata().is_ok())
}

fn show(global: &Global, data_dir: &DataDir, manifest: &Manifest, contents: Contents) -> Result<(), Failure> {
    let restored = Restored {
        data_dir: data_dir.path().display().to_string(),
        conversations: contents.conversations,
        log_entries: contents.entries,
        backup_of: manifest.created_at,
        made_by: manifest.version.clone(),
    };
    let mut fields = vec![
        ("data directory", restored.data_dir.clone()),
        ("conversations", restored.conversations.to_string()),
        ("log entries", restored.log_entries.to_string()),
        ("backup of", output::time(restored.backup_of)),
    ];
    if !data_dir.file("master.key").exists() {
        fields.push(("next", "put the old server's master.key here, then start: trunkline serve".to_owned()));
    }
    output::object(global.format, &restored, &fields)
}

/// A file for a member, readable by its owner only, durable when it was written.
fn keep(directory: &Path, name: &Path) -> anyhow::Result<Box<dyn Write>> {
    let path = directory.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).with_context(|| format!("cannot create {}", path.display()))?;
    Ok(Box::new(Durable(file)))
}

/// A file whose flush reaches the disk.
struct Durable(File);

impl Write for Durable {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.sync_all()
    }
}
