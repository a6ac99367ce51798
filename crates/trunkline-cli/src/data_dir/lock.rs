//! One process at a time uses a data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use anyhow::Context as _;

use crate::failure::{Exit, Failure};

/// The directory is this process's while this lives; the system releases it however the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(dir: &Path) -> Result<Self, Failure> {
        let path = dir.join("lock");
        let mut options = OpenOptions::new();
        // The content does not matter and must not be touched while another process holds the lock.
        options.create(true).write(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file =
            options.open(&path).with_context(|| format!("cannot open the lock file {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                let message = format!("another process uses the data directory {}", dir.display());
                Err(Failure::message(Exit::Conflict, message)
                    .hint("stop that server, or choose another directory with --data-dir"))
            }
            Err(TryLockError::Error(error)) => {
                let context = format!("cannot lock {}", path.display());
                Err(anyhow::Error::new(error).context(context).into())
            }
        }
    }
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
}
