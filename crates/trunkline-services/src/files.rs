//! Shared files: signed URLs, uploads and downloads, who may share and see what, and what is removed when. Source: spec 07.
//!
//! A file begins as a row that an upload URL was issued for. Its bytes become its content in one step, when they are
//! complete and known to be an image. Publishing a message with it binds it to the conversation: before the message is
//! stored, so that no message ever names a file that is swept away as unused. Bytes are deleted by the sweep, or at once
//! where somebody is erased; all of them are found in the store's notes, whatever crashed in between
//! ([`trunkline_storage::Files`]).

mod caller;
mod content;
mod deletion;
mod places;
mod sharing;
mod sweep;
mod upload;
mod url;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use trunkline_model::{Clock, Rng};
use trunkline_storage::{self as storage, Blobs, Storage};
use trunkline_wire::files::MAX_BYTES;

use crate::Error;
use crate::accounts::Accounts;

use self::places::Places;

pub use caller::FileCaller;
pub use content::StoredFile;
pub(crate) use sharing::Sharing;
pub use sweep::SweepProgress;
pub use trunkline_storage::BlobReader;
pub use upload::{Upload, UploadError};
pub use url::{DownloadPermit, SignedFileUrl, UploadPermit, UrlMethod, UrlPermit};

/// How files are shared.
#[derive(Debug, Clone)]
pub struct Options {
    /// The largest file, bytes. Source: spec 07 §1.
    pub max_bytes: u64,
    /// How long a signed URL is valid. Source: spec 07 §1.
    pub url_life: Duration,
    /// The most files of one owner that are not published.
    pub max_waiting: usize,
    /// How long a file is kept that is not published.
    pub waiting_life: Duration,
    /// How long a file is kept after its conversation was closed; `None` for ever.
    pub retention: Option<Duration>,
    /// The most uploads at the same time.
    pub uploads: usize,
    /// How long an upload may take as a whole.
    pub upload_time: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_bytes: MAX_BYTES,
            url_life: Duration::from_mins(1),
            max_waiting: 20,
            waiting_life: Duration::from_hours(24),
            retention: None,
            uploads: 256,
            upload_time: Duration::from_mins(5),
        }
    }
}

/// What the service stands on.
pub(crate) struct FilesParts {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) accounts: Arc<Accounts>,
}

/// The files service.
pub struct Files {
    parts: FilesParts,
    uploads: Arc<Places>,
    options: Options,
}

/// A request about a file that was not carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Input that breaks a rule; the text names it.
    #[error("{0}")]
    Invalid(&'static str),
    /// No such file, or not for the caller: the two are not told apart.
    #[error("the file is unknown")]
    Unknown,
    /// The caller has too many files that were not published.
    #[error("too many files wait for being published")]
    TooManyWaiting,
    /// Trouble on our side.
    #[error(transparent)]
    Service(#[from] Error),
}

impl From<storage::Error> for FileError {
    fn from(error: storage::Error) -> Self {
        Self::Service(error.into())
    }
}

impl Files {
    pub(crate) fn new(parts: FilesParts, options: Options) -> Self {
        Self { parts, uploads: Arc::new(Places::new(options.uploads)), options }
    }

    /// How this service behaves.
    pub fn options(&self) -> &Options {
        &self.options
    }

    fn uuid(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.parts.rng.bytes()).into_uuid()
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("options", &self.options).finish_non_exhaustive()
    }
}
