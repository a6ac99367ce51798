//! What is known about shared files. Their bytes are elsewhere: [`crate::Blobs`].
//!
//! Bytes and rows cannot be written together, so bytes are *staged*: before they are stored their key is noted as
//! something to delete, and becoming the content of a file takes the note back. Whatever crashes in between, each blob
//! is either some file's content or noted.

use async_trait::async_trait;
use trunkline_model::{BlobKey, File, FileContent, Page, PageRequest};
use trunkline_wire::files::FilePath;
use trunkline_wire::{AccountId, ConversationId, EpochMillis, ParticipantId};

use crate::Error;

/// How many files of one owner may wait for being published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingFiles {
    /// This many at the same time.
    pub most: usize,
    /// Files without content that are older than this do not count and are forgotten.
    pub since: EpochMillis,
}

/// A file that is shared in a conversation, in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedFileRow {
    /// Its place in the list; grows with the time of creation.
    pub number: u64,
    /// The file.
    pub path: FilePath,
    /// The conversation.
    pub conversation: ConversationId,
}

/// A file that was bound to a conversation and not confirmed: whether a message with it was stored is in the log alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnconfirmedFile {
    /// The file.
    pub path: FilePath,
    /// The conversation.
    pub conversation: ConversationId,
    /// When it was last bound to it.
    pub shared_at: EpochMillis,
}

/// Files.
#[async_trait]
pub trait Files: Send + Sync {
    /// Adds a file that has no content yet.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the owner has too many waiting files; [`Error::Duplicate`] when the path is taken.
    async fn add_file(&self, file: File, waiting: WaitingFiles) -> Result<(), Error>;

    /// One file.
    async fn file(&self, path: &FilePath) -> Result<Option<File>, Error>;

    /// Notes a blob as something to delete at `due`; for one that is noted already, the new time counts.
    async fn stage_blob(&self, blob: &BlobKey, due: EpochMillis) -> Result<(), Error>;

    /// Makes a staged blob the content of a file. What was its content is staged, to be deleted at once.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such file any more; [`Error::Conflict`] when the blob is not staged.
    async fn set_file_content(&self, path: &FilePath, content: FileContent) -> Result<(), Error>;

    /// Binds an uploaded file of `owner` to a conversation, before the message is stored; binding it there again is no
    /// error, and changes nothing of a published one. `for_consumer` tells whether the consumer may see it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when `owner` has no such file or it has no content; [`Error::Conflict`] when it is bound to
    /// another conversation.
    async fn share_file(
        &self,
        path: &FilePath,
        owner: ParticipantId,
        conversation: ConversationId,
        for_consumer: bool,
        at: EpochMillis,
    ) -> Result<(), Error>;

    /// The message with the file was stored. What the consumer may see once stays so.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the file is gone, or published in another conversation.
    async fn confirm_shared_file(
        &self,
        path: &FilePath,
        conversation: ConversationId,
        for_consumer: bool,
        at: EpochMillis,
    ) -> Result<(), Error>;

    /// The message with the file was not stored: the file waits again, unless another message with it was stored, or the
    /// file was bound once more after `shared_until`.
    async fn unshare_file(
        &self,
        path: &FilePath,
        conversation: ConversationId,
        shared_until: EpochMillis,
    ) -> Result<(), Error>;

    /// Files that were bound to a conversation before `before` and are not published yet, those first that are bound the
    /// longest.
    async fn unconfirmed_files(
        &self,
        before: EpochMillis,
        limit: usize,
    ) -> Result<Vec<UnconfirmedFile>, Error>;

    /// Removes the oldest files, `limit` at most, that were created before `before` and are not shared, and stages their
    /// contents, to be deleted at `now`. Returns how many.
    async fn remove_waiting_files(
        &self,
        before: EpochMillis,
        now: EpochMillis,
        limit: usize,
    ) -> Result<usize, Error>;

    /// The shared files of all accounts that were created before `before`, by number.
    async fn shared_files(
        &self,
        before: EpochMillis,
        page: PageRequest<u64>,
    ) -> Result<Page<SharedFileRow, u64>, Error>;

    /// Removes files and stages their contents, to be deleted at `now`. Those that are not there are no error.
    async fn remove_files(&self, paths: Vec<FilePath>, now: EpochMillis) -> Result<(), Error>;

    /// Removes files of one owner, `limit` at most, and stages their contents, to be deleted at `now`. Returns how many.
    async fn remove_files_of(
        &self,
        account: &AccountId,
        owner: ParticipantId,
        now: EpochMillis,
        limit: usize,
    ) -> Result<usize, Error>;

    /// Removes files that are bound to one conversation, whoever owns them, `limit` at most, and stages their contents, to be
    /// deleted at `now`. Returns how many.
    async fn remove_files_in(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        now: EpochMillis,
        limit: usize,
    ) -> Result<usize, Error>;

    /// Staged blobs whose time to be deleted has come, those first that are due the longest.
    async fn due_blobs(&self, now: EpochMillis, limit: usize) -> Result<Vec<BlobKey>, Error>;

    /// The same of one account.
    async fn due_blobs_of(
        &self,
        account: &AccountId,
        now: EpochMillis,
        limit: usize,
    ) -> Result<Vec<BlobKey>, Error>;

    /// Forgets staged blobs that were deleted.
    async fn forget_blobs(&self, blobs: Vec<BlobKey>) -> Result<(), Error>;
}
