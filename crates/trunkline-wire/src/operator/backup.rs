//! `/operator/v1/backup`: the store of an installation in one archive.

use serde::{Deserialize, Serialize};

use crate::EpochMillis;

/// GET answers with the archive.
pub const PATH: &str = "/operator/v1/backup";

/// The media type of the archive: a tar file. [`Manifest`] is its last member.
pub const CONTENT_TYPE: &str = "application/x-tar";

/// The member with the store.
pub const STORE: &str = "trunkline.db";

/// The member with the manifest. An archive without one was cut off.
pub const MANIFEST: &str = "manifest.json";

/// The form of archives that this version makes and reads.
pub const FORMAT: u32 = 1;

/// What is in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of the server that made it.
    pub version: String,
    /// When it was begun.
    pub created_at: EpochMillis,
    /// The members before the manifest, in their order.
    pub members: Vec<Member>,
}

/// A member of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 of its content, 64 lower-case hex characters.
    pub sha256: String,
}
