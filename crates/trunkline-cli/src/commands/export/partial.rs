//! A file that is being written, by several runs of the command if need be.
//!
//! The lines go to `FILE.part`; beside it `FILE.part.json` says what they are lines of. FILE gets its name when it is whole.
//! Where to go on is nowhere but in the lines themselves, so it cannot contradict them, whenever a run ended.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tempfile::TempPath;
use trunkline_wire::{AccountId, EpochMillis};

use super::lines::Seen;
use crate::args::Moment;
use crate::data_dir::{Mode, read_if_there, write_atomically};
use crate::failure::{Exit, Failure};

/// What is exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Scope {
    pub(super) account: AccountId,
    /// Since when, as it was asked for.
    pub(super) since: Option<Moment>,
    /// When it was first asked for.
    pub(super) begun_at: EpochMillis,
}

impl Scope {
    /// Conversations that were started since then are wanted, however often the export is taken up again.
    pub(super) fn since(&self) -> Option<EpochMillis> {
        self.since.map(|since| since.at(self.begun_at))
    }
}

/// A file that is not whole yet. This process is the only one that writes it.
#[derive(Debug)]
pub(super) struct Partial {
    file: File,
    target: PathBuf,
    part: PathBuf,
    about: PathBuf,
}

impl Partial {
    /// Begins a file, or takes up what an earlier run left of it: its lines, and the scope with which it began.
    pub(super) fn open(target: &Path, wanted: Scope) -> Result<(Self, Scope, Seen), Failure> {
        refuse_existing(target)?;
        let (part, about) = (beside(target, ".part"), beside(target, ".part.json"));
        let file = open_alone(&part)?;
        let partial = Self { file, target: target.to_owned(), part, about };
        let scope = partial.scope(wanted)?;
        let seen = partial.cut_torn_line();
        let seen = seen.with_context(|| format!("cannot take up {}", partial.part.display()))?;
        Ok((partial, scope, seen))
    }

    /// What the lines are lines of. It is on disk before the first of them.
    fn scope(&self, wanted: Scope) -> Result<Scope, Failure> {
        let context = || format!("cannot write {}", self.about.display());
        if self.file.metadata().with_context(context)?.len() == 0 {
            let text = serde_json::to_vec(&wanted).with_context(context)?;
            write_atomically(&self.about, &text, Mode::Private).with_context(context)?;
            return Ok(wanted);
        }
        let known = read_if_there(&self.about)?.and_then(|text| serde_json::from_str::<Scope>(&text).ok());
        match known {
            Some(known) if (&known.account, known.since) == (&wanted.account, wanted.since) => Ok(known),
            _ => {
                let part = self.part.display();
                let message = format!("{part} is what is left of another export");
                let hint = format!("remove {part} to begin anew, or name another file");
                Err(Failure::message(Exit::Conflict, message).hint(hint))
            }
        }
    }

    fn cut_torn_line(&self) -> std::io::Result<Seen> {
        let seen = Seen::read(BufReader::with_capacity(1 << 16, &self.file))?;
        self.file.set_len(seen.bytes)?;
        (&self.file).seek(SeekFrom::Start(seen.bytes))?;
        Ok(seen)
    }

    /// Where the lines are until there are all.
    pub(super) fn path(&self) -> &Path {
        &self.part
    }

    /// Adds whole lines.
    pub(super) fn append(&mut self, lines: &[u8]) -> Result<(), Failure> {
        let written = self.file.write_all(lines);
        Ok(written.with_context(|| format!("cannot write {}", self.part.display()))?)
    }

    /// The file is whole and gets its name.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let context = || format!("cannot name the export {}", self.target.display());
        self.file.sync_all().with_context(context)?;
        let named = TempPath::try_from_path(&self.part).with_context(context)?;
        let named = named.persist_noclobber(&self.target).or_else(|refused| {
            refused.path.keep().map_err(|kept| kept.error)?;
            Err(refused.error)
        });
        named.with_context(context)?;
        Ok(fs::remove_file(&self.about).with_context(|| format!("cannot remove {}", self.about.display()))?)
    }

    /// Nothing came, so nothing is left.
    pub(super) fn discard(self) {
        // What cannot be removed holds no line, and the next run takes it up.
        let _ = fs::remove_file(&self.part);
        let _ = fs::remove_file(&self.about);
    }
}

fn refuse_existing(target: &Path) -> Result<(), Failure> {
    if !target.exists() {
        return Ok(());
    }
    let message = format!("{} is there already", target.display());
    Err(Failure::message(Exit::Conflict, message).hint("name a file that is not there"))
}

/// Opens a file that only its owner reads and only this process writes.
fn open_alone(path: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.create(true).read(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another export writes {}", path.display());
            Err(Failure::message(Exit::Conflict, message).hint("name another file"))
        }
        Err(TryLockError::Error(error)) => {
            Err(anyhow::Error::new(error).context(format!("cannot lock {}", path.display())).into())
        }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::super::lines::tests::{id, line};
    use super::*;

    fn scope(account: &str, since: Option<&str>, begun_at: i64) -> Scope {
        Scope {
            account: AccountId::parse(account).unwrap(),
            since: since.map(|since| since.parse().unwrap()),
            begun_at: EpochMillis(begun_at),
        }
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Whatever was written when a run ended, the next one goes on after the last whole line.
    #[test]
    fn a_file_is_taken_up_after_an_interruption_at_any_byte() {
        let all = [line(1), line(2), line(3)].concat();
        let ends = [0, line(1).len(), line(1).len() + line(2).len(), all.len()];
        for cut in 0..=all.len() {
            let directory = tempfile::tempdir().unwrap();
            let target = directory.path().join("all.ndjson");
            let (mut partial, begun, seen) =
                Partial::open(&target, scope("10020030", Some("7d"), 1_700_000_000_000)).unwrap();
            assert_eq!(seen, Seen::default());
            partial.append(&all.as_bytes()[..cut]).unwrap();
            drop(partial);

            let later = scope("10020030", Some("7d"), 1_700_000_100_000);
            let (mut partial, taken_up, seen) = Partial::open(&target, later.clone()).unwrap();
            // Of a file without a byte nothing is known: the export begins anew.
            assert_eq!(taken_up, if cut == 0 { later } else { begun });
            let lines = ends.iter().filter(|end| **end <= cut).count() - 1;
            assert_eq!((seen.conversations, seen.bytes), (lines as u64, ends[lines] as u64), "{cut}");
            assert_eq!(seen.last.map(|(id, _)| id), (lines > 0).then(|| id(lines as u64)));
            partial.append(&all.as_bytes()[ends[lines]..]).unwrap();
            partial.finish().unwrap();
            assert_eq!(fs::read_to_string(&target).unwrap(), all, "{cut}");
            assert_eq!(names(directory.path()), ["all.ndjson"]);
        }
    }

    #[test]
    fn relative_times_count_from_the_first_run() {
        assert_eq!(scope("7", Some("1s"), 5000).since(), Some(EpochMillis(4000)));
        assert_eq!(scope("7", Some("1700000000123"), 5000).since(), Some(EpochMillis(1_700_000_000_123)));
        assert_eq!(scope("7", None, 5000).since(), None);
    }

    #[test]
    fn what_another_export_left_is_not_touched() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("all.ndjson");
        let (mut partial, ..) = Partial::open(&target, scope("10020030", Some("7d"), 1)).unwrap();
        partial.append(line(1).as_bytes()).unwrap();
        let refused = Partial::open(&target, scope("10020030", Some("7d"), 1)).unwrap_err();
        assert!(refused.to_string().contains("another export writes"), "{refused}");
        drop(partial);
        for other in
            [scope("20030040", Some("7d"), 1), scope("10020030", Some("8d"), 1), scope("10020030", None, 1)]
        {
            let refused = Partial::open(&target, other).unwrap_err();
            assert_eq!(refused.exit(), Exit::Conflict);
            assert!(refused.to_string().contains("to begin anew"), "{refused}");
        }
        fs::remove_file(directory.path().join("all.ndjson.part.json")).unwrap();
        assert!(Partial::open(&target, scope("10020030", Some("7d"), 1)).is_err());
        assert_eq!(fs::read_to_string(directory.path().join("all.ndjson.part")).unwrap(), line(1));
    }

    #[test]
    fn a_file_that_came_meanwhile_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("all.ndjson");
        let (mut partial, ..) = Partial::open(&target, scope("7", None, 1)).unwrap();
        partial.append(line(1).as_bytes()).unwrap();
        fs::write(&target, "somebody else's").unwrap();
        assert!(partial.finish().is_err());
        assert_eq!(fs::read_to_string(&target).unwrap(), "somebody else's");
        assert_eq!(fs::read_to_string(directory.path().join("all.ndjson.part")).unwrap(), line(1));
        let refused = Partial::open(&target, scope("7", None, 1)).unwrap_err();
        assert!(refused.to_string().contains("is there already"), "{refused}");
    }

    #[test]
    fn an_export_of_nothing_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let (partial, ..) = Partial::open(&directory.path().join("all.ndjson"), scope("7", None, 1)).unwrap();
        partial.discard();
        assert!(names(directory.path()).is_empty());
    }
}
