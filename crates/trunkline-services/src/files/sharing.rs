//! Who shares files, and who sees them. Source: spec 07 §4, §5.

use trunkline_model::SharedFile;
use trunkline_storage as storage;
use trunkline_wire::files::FilePath;
use trunkline_wire::{AccountId, ConversationId, EpochMillis, ParticipantId};

use super::{FileCaller, FileError, Files};
use crate::Error;

/// Log entries read at once.
const PAGE: usize = 500;

/// A file bound to a conversation while the message with it is being stored.
#[derive(Debug)]
pub(crate) struct Sharing {
    path: FilePath,
    conversation: ConversationId,
    for_consumer: bool,
    at: EpochMillis,
}

impl Files {
    /// Binds an uploaded file of `owner` to a conversation, before a message with it is stored.
    ///
    /// # Errors
    /// [`FileError::Unknown`] when `owner` uploaded no such file, or it is bound to another conversation.
    pub(crate) async fn share(
        &self,
        account: &AccountId,
        owner: ParticipantId,
        conversation: ConversationId,
        relative_path: &str,
        for_consumer: bool,
    ) -> Result<Sharing, FileError> {
        let path = FilePath::parse(relative_path).ok().filter(|path| path.account() == account);
        let path = path.ok_or(FileError::Unknown)?;
        let at = self.parts.clock.now();
        match self.parts.storage.share_file(&path, owner, conversation, for_consumer, at).await {
            Ok(()) => Ok(Sharing { path, conversation, for_consumer, at }),
            Err(storage::Error::NotFound | storage::Error::Conflict) => Err(FileError::Unknown),
            Err(error) => Err(error.into()),
        }
    }

    /// The message was stored. That it was counts, so trouble with noting it is only told to the operator: the file stays
    /// bound.
    pub(crate) async fn confirm(&self, sharing: Sharing) {
        let Sharing { path, conversation, for_consumer, .. } = sharing;
        let now = self.parts.clock.now();
        let noted = self.parts.storage.confirm_shared_file(&path, conversation, for_consumer, now).await;
        if let Err(error) = noted {
            tracing::warn!(%conversation, error = &error as &dyn std::error::Error, "cannot note that a file was published");
        }
    }

    /// The message was refused: the file may be published elsewhere.
    pub(crate) async fn take_back(&self, sharing: Sharing) {
        let Sharing { path, conversation, at, .. } = sharing;
        if let Err(error) = self.parts.storage.unshare_file(&path, conversation, at).await {
            tracing::warn!(%conversation, error = &error as &dyn std::error::Error, "cannot take a file back");
        }
    }

    /// Whether somebody takes or took part in the conversation in which a file is shared. Managers see all; a consumer
    /// sees nothing of what agents and managers send each other.
    pub(super) async fn may_see(&self, caller: &FileCaller, shared: SharedFile) -> Result<bool, Error> {
        let storage = &self.parts.storage;
        let (account, id) = (&caller.account, shared.conversation);
        let Some(state) = storage.conversation(account, id).await? else { return Ok(false) };
        match caller.who {
            ParticipantId::Consumer(consumer) => return Ok(shared.for_consumer && state.consumer == consumer),
            ParticipantId::Agent(_) if caller.is_manager => return Ok(true),
            ParticipantId::Agent(_) => {}
        }
        if state.participants.iter().any(|known| known.id == caller.who) {
            return Ok(true);
        }
        let mut after = 0;
        loop {
            let entries = storage.log_after(account, id, after, PAGE).await?;
            let Some(last) = entries.last() else { return Ok(false) };
            after = last.version;
            let mut states = entries.iter().filter_map(|entry| entry.state.as_deref());
            if states.any(|state| state.participants.iter().any(|known| known.id == caller.who)) {
                return Ok(true);
            }
        }
    }
}
