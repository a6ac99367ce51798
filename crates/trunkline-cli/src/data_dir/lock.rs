//! One process at a time uses a data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::failure::{Exit, Failure};

/// The directory is this process's while this lives; the system releases it however the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
    path: PathBuf,
    /// Whether the file was not there before.
    is_new: bool,
}

impl Lock {
    pub(super) fn take(dir: &Path) -> Result<Self, Failure> {
        let path = dir.join("lock");
        loop {
            let (file, is_new) =
                open(&path).with_context(|| format!("cannot open the lock file {}", path.display()))?;
            match file.try_lock() {
                // Another process may have removed the file between the two.
                Ok(()) if is_removed(&file, &path) => {}
                Ok(()) => return Ok(Self { _file: file, path, is_new }),
                Err(TryLockError::WouldBlock) => {
                    let message = format!("another process uses the data directory {}", dir.display());
                    return Err(Failure::message(Exit::Conflict, message)
                        .hint("stop that server, or choose another directory with --data-dir"));
                }
                Err(TryLockError::Error(error)) => {
                    let context = format!("cannot lock {}", path.display());
                    return Err(anyhow::Error::new(error).context(context).into());
                }
            }
        }
    }

    /// Releases the directory as it was found: the file goes if this made it, and it goes while it is locked.
    pub(crate) fn undo(self) {
        if self.is_new {
            // What cannot be removed does no harm.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Opens the file, or makes it; says whether it was made. The content does not matter and must not be touched while
/// another process holds the lock.
fn open(path: &Path) -> std::io::Result<(File, bool)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let file = options.create_new(false).create(true).truncate(false).open(path)?;
            Ok((file, false))
        }
        opened => Ok((opened?, true)),
    }
}

/// Whether a file has no name any more.
#[cfg(unix)]
fn is_removed(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(held) = file.metadata() else { return false };
    // There are file systems that count no names; there, what the path leads to decides.
    let is_held = |there: std::fs::Metadata| (there.dev(), there.ino()) == (held.dev(), held.ino());
    held.nlink() == 0 && !std::fs::metadata(path).is_ok_and(is_held)
}

/// Elsewhere no file goes while it is open.
#[cfg(not(unix))]
fn is_removed(_file: &File, _path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_taken_once() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path()).unwrap();
        let refused = Lock::take(dir.path()).unwrap_err();
        assert_eq!(refused.exit(), Exit::Conflict);
        assert!(refused.to_string().contains(&dir.path().display().to_string()));
        drop(first);
        assert!(Lock::take(dir.path()).is_ok());
    }

    #[test]
    fn a_directory_is_left_as_it_was_found() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("lock");
        Lock::take(dir.path()).unwrap().undo();
        assert!(!file.exists());
        drop(Lock::take(dir.path()).unwrap());
        Lock::take(dir.path()).unwrap().undo();
        assert!(file.exists(), "another made it");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_gone_holds_nobody_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let (held, is_new) = open(&path).unwrap();
        assert!(is_new && !is_removed(&held, &path));
        std::fs::remove_file(&path).unwrap();
        assert!(is_removed(&held, &path));
        let _next = Lock::take(dir.path()).unwrap();
        assert!(is_removed(&held, &path), "another file has the name");
    }
}
