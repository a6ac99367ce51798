//! Signed URLs. Source: spec 07 §2, §5, §7.

use trunkline_jose::TempUrlKey;
use trunkline_model::{File, PageRequest};
use trunkline_storage::{self as storage, ConversationFilter, WaitingFiles};
use trunkline_wire::files::{FilePath, SignedUrl, UploadRequest};
use trunkline_wire::{AccountId, ConsumerId, EpochSeconds, ParticipantId};

use super::sweep::before;
use super::upload::HANDOVER;
use super::{FileCaller, FileError, Files};
use crate::Error;

/// The method that a signature must name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlMethod {
    /// `PUT`.
    Put,
    /// `GET`.
    Get,
    /// `HEAD`: every signature allows it.
    Head,
}

impl UrlMethod {
    /// Which signatures allow the method.
    const fn signed_as(self) -> &'static [&'static str] {
        match self {
            Self::Put => &["PUT"],
            Self::Get => &["GET"],
            Self::Head => &["GET", "PUT"],
        }
    }
}

/// A URL to hand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedFileUrl {
    path: FilePath,
    signature: String,
    expires: EpochSeconds,
}

impl SignedFileUrl {
    /// The URL as answers carry it.
    pub fn as_wire(&self) -> SignedUrl<'_> {
        SignedUrl { relative_path: self.path.as_str(), signature: &self.signature, expires: self.expires }
    }
}

/// The bearer of a URL that is signed for uploading.
#[derive(Debug)]
pub struct UploadPermit(pub(super) FilePath);

/// The bearer of a URL that is signed for downloading, or for looking at what is there.
#[derive(Debug)]
pub struct DownloadPermit(pub(super) FilePath);

/// What a signature allows.
#[derive(Debug)]
pub enum UrlPermit {
    /// To upload.
    Upload(UploadPermit),
    /// To download.
    Download(DownloadPermit),
}

impl Files {
    /// Issues a URL for one upload.
    ///
    /// # Errors
    /// [`FileError::Invalid`] for a size that is not allowed, and for a consumer without any conversation;
    /// [`FileError::TooManyWaiting`].
    pub async fn upload_url(
        &self,
        caller: &FileCaller,
        request: UploadRequest,
    ) -> Result<SignedFileUrl, FileError> {
        if !(1..=self.options.max_bytes).contains(&request.size) {
            return Err(FileError::Invalid("fileSize is not allowed"));
        }
        let (account, now) = (&caller.account, self.parts.clock.now());
        let path = match caller.who {
            ParticipantId::Consumer(consumer) => {
                if !self.has_conversation(account, consumer).await? {
                    return Err(FileError::Invalid("the consumer has no conversation"));
                }
                FilePath::of_consumer(account, consumer, self.uuid(), now, request.file_type)
            }
            ParticipantId::Agent(_) => FilePath::of_agent(account, self.uuid(), request.file_type),
        };
        let file = File {
            path: path.clone(),
            owner: caller.who,
            announced: request.file_type,
            created_at: now,
            content: None,
            shared: None,
        };
        // An upload that began at the last moment of its URL may still be under way.
        let longest = self.options.url_life + self.options.upload_time + HANDOVER;
        let waiting = WaitingFiles { most: self.options.max_waiting, since: before(now, longest) };
        match self.parts.storage.add_file(file, waiting).await {
            Ok(()) => {}
            Err(storage::Error::Conflict) => return Err(FileError::TooManyWaiting),
            Err(error) => return Err(error.into()),
        }
        Ok(self.sign("PUT", path).await?)
    }

    /// Issues a URL for downloads of a file.
    ///
    /// # Errors
    /// [`FileError::Unknown`] when there is no such file, or the caller is and was in no conversation with it.
    pub async fn download_url(
        &self,
        caller: &FileCaller,
        relative_path: &str,
    ) -> Result<SignedFileUrl, FileError> {
        let path = FilePath::parse(relative_path).map_err(|_| FileError::Unknown)?;
        if *path.account() != caller.account {
            return Err(FileError::Unknown);
        }
        let file = self.parts.storage.file(&path).await?.filter(|file| file.content.is_some());
        let shared = file.and_then(|file| file.shared).ok_or(FileError::Unknown)?;
        if !self.may_see(caller, shared).await? {
            return Err(FileError::Unknown);
        }
        Ok(self.sign("GET", path).await?)
    }

    /// Accepts the bearer of a signed URL; `path` is the path of the request as it came. `None` when the signature is not
    /// ours, is for something else, or has expired.
    ///
    /// # Errors
    /// Trouble with the store.
    pub async fn permit(
        &self,
        method: UrlMethod,
        path: &str,
        signature: &str,
        expires: &str,
    ) -> Result<Option<UrlPermit>, Error> {
        let (Ok(path), Ok(ends)) = (FilePath::parse(path), expires.parse::<i64>()) else { return Ok(None) };
        let key = match self.key(path.account()).await {
            Ok(key) => key,
            Err(Error::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let signed = |method: &&str| key.verify(method, expires, path.as_str(), signature);
        if !method.signed_as().iter().any(signed) || self.parts.clock.now() >= EpochSeconds(ends).millis() {
            return Ok(None);
        }
        Ok(Some(match method {
            UrlMethod::Put => UrlPermit::Upload(UploadPermit(path)),
            UrlMethod::Get | UrlMethod::Head => UrlPermit::Download(DownloadPermit(path)),
        }))
    }

    async fn sign(&self, method: &str, path: FilePath) -> Result<SignedFileUrl, Error> {
        let expires = self.parts.clock.now().seconds().plus(self.options.url_life);
        let key = self.key(path.account()).await?;
        let signature = key.sign(method, &expires.0.to_string(), path.as_str());
        Ok(SignedFileUrl { path, signature, expires })
    }

    async fn key(&self, account: &AccountId) -> Result<TempUrlKey, Error> {
        let secret = self.parts.accounts.consumer_secret(account).await?;
        Ok(TempUrlKey::of_account(secret.as_bytes()))
    }

    /// Whether the consumer ever had a conversation.
    async fn has_conversation(&self, account: &AccountId, consumer: ConsumerId) -> Result<bool, Error> {
        let storage = &self.parts.storage;
        if storage.open_conversation_of(account, consumer).await?.is_some() {
            return Ok(true);
        }
        let filter = ConversationFilter { open: None, consumer: Some(consumer) };
        let mut page = PageRequest::first(1);
        loop {
            let found = storage.conversations(account, filter, page).await?;
            match found.next {
                _ if !found.items.is_empty() => return Ok(true),
                Some(after) => page = PageRequest { after: Some(after), limit: 1 },
                None => return Ok(false),
            }
        }
    }
}
