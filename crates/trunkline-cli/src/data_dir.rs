//! The data directory: the store, the keys, and the files that tell clients of this machine where the server is.
//!
//! | file | what | mode |
//! | --- | --- | --- |
//! | `lock` | held while a server uses the directory | 0600 |
//! | `master.key` | encrypts secrets in the store | 0600 |
//! | `operator.token` | opens the operator API | 0600 |
//! | `server.json` | addresses of the running server | 0600 |
//! | `trunkline.db` | the store | 0600 by the directory |
//! | `dev.json`, `dev-*.pem`, `dev-*.key` | `serve --dev` only | 0600, certificates 0644 |

mod lock;
mod private_file;
mod server_file;
mod token;

pub(crate) use lock::Lock;
pub(crate) use private_file::{Mode, write_atomically};
pub(crate) use server_file::ServerFile;
pub(crate) use token::hex_key;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use trunkline_model::{Rng, Secret};

use crate::failure::Failure;

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
        created.with_context(|| format!("cannot create the data directory {}", self.0.display()))?;
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
    }

    /// The master key, made at the first call.
    pub(crate) fn master_key(&self, rng: &dyn Rng) -> Result<Secret, Failure> {
        token::read_or_create(&self.master_key_file(), rng)
    }
}
