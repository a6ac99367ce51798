//! Files that are shared in conversations. Source: spec 07.

use std::fmt;
use std::sync::Arc;

use trunkline_wire::files::{FilePath, ImageType, UploadFileType};
use trunkline_wire::{AccountId, ConversationId, EpochMillis, ParticipantId};
use uuid::Uuid;

/// A file for which an upload URL was issued. It begins to exist when its content is complete, and to be shared when it
/// is published in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, in which its account is.
    pub path: FilePath,
    /// Who asked for the upload URL: nobody else may publish it.
    pub owner: ParticipantId,
    /// What it was announced as; some clients always say `PNG`.
    pub announced: UploadFileType,
    /// When the upload URL was issued.
    pub created_at: EpochMillis,
    /// What was uploaded; `None` before.
    pub content: Option<FileContent>,
    /// Where it is shared; `None` before.
    pub shared: Option<SharedFile>,
}

/// The complete content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileContent {
    /// Where the bytes are.
    pub blob: BlobKey,
    /// What the bytes are.
    pub image: ImageType,
    /// How many bytes, never 0.
    pub size: u64,
    /// When the upload was complete.
    pub uploaded_at: EpochMillis,
}

/// How a file is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedFile {
    /// The conversation in whose message it is.
    pub conversation: ConversationId,
    /// Whether the consumer may see it; not so in messages among agents and managers.
    pub for_consumer: bool,
    /// When the message was stored; `None` while that is under way.
    pub published_at: Option<EpochMillis>,
}

/// Names the bytes of one upload. Shape: `{account}/{uuid}`. Every upload has its own, so that bytes never change under
/// somebody who reads them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(Arc<str>);

/// Text that is no [`BlobKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a blob key must be an account and a lower-case UUID")]
pub struct BlobKeyError;

impl BlobKey {
    /// The key of a new upload.
    pub fn new(account: &AccountId, uuid: Uuid) -> Self {
        Self(format!("{account}/{}", uuid.as_hyphenated()).into())
    }

    /// Reads a stored key.
    ///
    /// # Errors
    /// Text of another shape.
    pub fn parse(text: &str) -> Result<Self, BlobKeyError> {
        let (account, uuid) = text.split_once('/').ok_or(BlobKeyError)?;
        let account = AccountId::parse(account).map_err(|_| BlobKeyError)?;
        let uuid = Uuid::try_parse(uuid).map_err(|_| BlobKeyError)?;
        let key = Self::new(&account, uuid);
        if key.as_str() == text { Ok(key) } else { Err(BlobKeyError) }
    }

    /// The part that no other blob has.
    pub fn unique(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(_, unique)| unique)
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobKey({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_key_has_one_spelling() {
        let account = AccountId::parse("10020030").unwrap();
        let key = BlobKey::new(&account, Uuid::from_u128(0xabc));
        assert_eq!(key.as_str(), "10020030/00000000-0000-0000-0000-000000000abc");
        assert_eq!(BlobKey::parse(key.as_str()), Ok(key));
        for text in [
            "",
            "10020030",
            "10020030/",
            "/00000000-0000-0000-0000-000000000abc",
            "../00000000-0000-0000-0000-000000000abc",
            "10020030/00000000-0000-0000-0000-000000000ABC",
            "10020030/00000000000000000000000000000abc",
            "10020030/../x",
        ] {
            assert_eq!(BlobKey::parse(text), Err(BlobKeyError), "{text}");
        }
    }
}
