//! The data directory: the store, the keys, and the files that tell clients of this machine where the server is.
//!
//! | file | what | mode |
//! | --- | --- | --- |
//! | `lock` | held while a server uses the directory | 0600 |
//! | `master.key` | encrypts secrets in the store | 0600 |
//! | `operator.token` | opens the operator API | 0600 |
//! | `server.json` | addresses of the running server | 0600 |
//! | `files` | shared files, unless they are elsewhere | 0700 |
//! | `trunkline.db` | the store | 0600 by the directory |
//! | `dev.json`, `dev-*.pem`, `dev-*.key` | `serve --dev` only | 0600, certificates 0644 |

mod lock;
mod private_file;
mod server_file;
mod token;

pub(crate) use lock::Lock;
pub(crate) use private_file::{Mode, read_if_there, write_atomically};
pub(crate) use server_file::ServerFile;
pub(crate) use token::hex_key;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use trunkline_model::{Rng, Secret};

use crate::failure::{Exit, Failure};

/// The file of the store.
const STORE: &str = "trunkline.db";

/// A data directory, not necessarily in use.
#[derive(Debug, Clone)]
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    /// The directory at a path.
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Creates it with mode 0700 unless it is there.
    pub(crate) fn create(&self) -> Result<(), Failure> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let created = builder.create(&self.0);
        created.with_context(|| format!("cannot create the data directory {}", self.0.display())).map_err(
            |error| Failure::from(error).hint("name a directory that this user may create with --data-dir"),
        )?;
        self.warn_if_open();
        Ok(())
    }

    /// A directory that was there before keeps its mode: it may be a mounted volume, or shared on purpose.
    #[cfg(unix)]
    fn warn_if_open(&self) {
        let mode =
            |metadata: std::fs::Metadata| std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
        if std::fs::metadata(&self.0).is_ok_and(|metadata| mode(metadata) & 0o077 != 0) {
            let dir = self.0.display();
            tracing::warn!("other users of this machine can look into the data directory: chmod 700 {dir}");
        }
    }

    #[cfg(not(unix))]
    fn warn_if_open(&self) {}

    /// Takes the directory for this process until the lock is dropped.
    pub(crate) fn lock(&self) -> Result<Lock, Failure> {
        Lock::take(&self.0)
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The file with the operator token.
    pub(crate) fn token_file(&self) -> PathBuf {
        self.file("operator.token")
    }

    /// The folder of shared files.
    pub(crate) fn files_folder(&self) -> PathBuf {
        self.file("files")
    }

    fn master_key_file(&self) -> PathBuf {
        self.file("master.key")
    }

    /// The file with the addresses of the running server.
    pub(crate) fn server_file(&self) -> PathBuf {
        self.file("server.json")
    }

    /// The file with the credentials of `serve --dev`.
    pub(crate) fn dev_file(&self) -> PathBuf {
        self.file("dev.json")
    }

    /// There while `serve --dev` sets a store up.
    pub(crate) fn dev_marker(&self) -> PathBuf {
        self.file("dev.incomplete")
    }

    /// The certificate of the authority of `serve --dev`.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.file("dev-ca.pem")
    }

    /// The operator token, made at the first call.
    pub(crate) fn operator_token(&self, rng: &dyn Rng) -> Result<Secret, Failure> {
        token::read_or_create(&self.token_file(), rng)
            .map_err(|failure| failure.hint("remove the file and start again: a new token is made"))
    }

    /// The master key, made before the store: a store without its key never gets another one.
    pub(crate) fn master_key(&self, rng: &dyn Rng) -> Result<Secret, Failure> {
        let path = self.master_key_file();
        let hint = "put it back from the backup of this store: without it no app secret can be read";
        if !path.exists() && self.file(STORE).exists() {
            let dir = self.0.display();
            let message = format!("master.key is missing in {dir}, beside a store that was made with it");
            return Err(Failure::message(Exit::Failure, message).hint(hint));
        }
        token::read_or_create(&path, rng).map_err(|failure| failure.hint(hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRng;

    #[test]
    fn a_store_never_gets_another_master_key() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::new(folder.path());
        dir.master_key(&SystemRng).unwrap();
        std::fs::write(dir.file(STORE), "").unwrap();
        dir.master_key(&SystemRng).unwrap();
        std::fs::remove_file(dir.master_key_file()).unwrap();
        let refused = dir.master_key(&SystemRng).unwrap_err().to_string();
        assert!(
            refused.contains("master.key is missing") && refused.contains("hint: put it back"),
            "{refused}"
        );
        assert!(!dir.master_key_file().exists());
    }

    #[test]
    fn a_damaged_token_is_explained() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::new(folder.path());
        std::fs::write(dir.token_file(), "short").unwrap();
        let refused = dir.operator_token(&SystemRng).unwrap_err().to_string();
        assert!(refused.contains("is damaged") && refused.contains("hint: remove the file"), "{refused}");
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_explained() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let refused = DataDir::new(folder.path().join("file/data")).create().unwrap_err().to_string();
        assert!(refused.contains("cannot create") && refused.contains("--data-dir"), "{refused}");
    }
}
