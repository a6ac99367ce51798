//! What is known about shared files.

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use trunkline_model::{BlobKey, File, FileContent, Page, PageRequest, SharedFile};
use trunkline_storage::{Error, Files, SharedFileRow, UnconfirmedFile, WaitingFiles};
use trunkline_wire::files::{FilePath, ImageType, UploadFileType};
use trunkline_wire::{AccountId, ConversationId, EpochMillis, ParticipantId};

use crate::SqliteStorage;
use crate::failure::{During as _, corrupt, is_taken};
use crate::row::{all, change, column, conversation_id, id_bytes, one, page, page_limit, stored, unsigned};

const INSERT: &str =
    "INSERT INTO files (account, path, owner, announced, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
const FORGET_UNUSED: &str =
    "DELETE FROM files WHERE account = ?1 AND owner = ?2 AND blob IS NULL AND created_at < ?3";
const WAITING: &str = "SELECT count(*) FROM files WHERE account = ?1 AND owner = ?2 AND conversation IS NULL";
const ONE: &str = "SELECT path, owner, announced, created_at, blob, image, size, uploaded_at, conversation, \
                   for_consumer, published_at FROM files WHERE account = ?1 AND path = ?2";
const SET_CONTENT: &str = "UPDATE files SET blob = ?3, image = ?4, size = ?5, uploaded_at = ?6 \
                           WHERE account = ?1 AND path = ?2";
const SHARE: &str = "UPDATE files SET conversation = ?3, for_consumer = ?4, shared_at = ?5 \
                     WHERE account = ?1 AND path = ?2 AND published_at IS NULL";
const CONFIRM: &str = "UPDATE files SET conversation = ?3, published_at = coalesce(published_at, ?5), \
                       for_consumer = CASE WHEN published_at IS NULL THEN ?4 ELSE max(for_consumer, ?4) END \
                       WHERE account = ?1 AND path = ?2 AND (published_at IS NULL OR conversation = ?3)";
const UNSHARE: &str = "UPDATE files SET conversation = NULL, for_consumer = 0, shared_at = NULL WHERE account = ?1 \
                       AND path = ?2 AND conversation = ?3 AND published_at IS NULL AND shared_at <= ?4";
const UNCONFIRMED: &str = "SELECT path, conversation, shared_at FROM files \
                           WHERE conversation IS NOT NULL AND published_at IS NULL AND shared_at < ?1 \
                           ORDER BY shared_at LIMIT ?2";
const SHARED: &str = "SELECT number, path, conversation FROM files \
                      WHERE conversation IS NOT NULL AND number > ?1 AND created_at < ?2 ORDER BY number LIMIT ?3";
const OLD_WAITING: &str =
    "SELECT path FROM files WHERE conversation IS NULL AND created_at < ?1 ORDER BY created_at LIMIT ?2";
const OF_OWNER: &str = "SELECT path FROM files WHERE account = ?1 AND owner = ?2 ORDER BY number LIMIT ?3";
const IN_CONVERSATION: &str =
    "SELECT path FROM files WHERE conversation = ?2 AND account = ?1 ORDER BY number LIMIT ?3";
const STAGE_CONTENT: &str = "INSERT OR REPLACE INTO staged_blobs (blob, due) \
                             SELECT blob, ?3 FROM files WHERE account = ?1 AND path = ?2 AND blob IS NOT NULL";
const REMOVE: &str = "DELETE FROM files WHERE account = ?1 AND path = ?2";
const STAGE: &str = "INSERT OR REPLACE INTO staged_blobs (blob, due) VALUES (?1, ?2)";
const DUE: &str = "SELECT blob FROM staged_blobs WHERE due <= ?1 ORDER BY due LIMIT ?2";
/// Keys begin with the account and a slash, and `0` is the next character after that. The `+` keeps SQLite to these keys:
/// what is due may be of any account.
const DUE_OF: &str = "SELECT blob FROM staged_blobs WHERE blob > ?1 || '/' AND blob < ?1 || '0' AND +due <= ?2 \
                      ORDER BY +due LIMIT ?3";
const FORGET: &str = "DELETE FROM staged_blobs WHERE blob = ?1";

#[async_trait]
impl Files for SqliteStorage {
    async fn add_file(&self, file: File, waiting: WaitingFiles) -> Result<(), Error> {
        let operation = "add_file";
        self.write(operation, move |connection| {
            let (account, path) = key(&file.path);
            let owner = file.owner.to_string();
            let unused = (account, owner.as_str(), waiting.since.0);
            change(connection, FORGET_UNUSED, unused).during(operation)?;
            let count = one(connection, operation, WAITING, (account, owner.as_str()), |row| {
                unsigned(row, 0, "files", &file.path)
            })?;
            if count.is_some_and(|count| count >= waiting.most as u64) {
                return Err(Error::Conflict);
            }
            let values = (account, path, owner.as_str(), file.announced.as_str(), file.created_at.0);
            match change(connection, INSERT, values) {
                Err(error) if is_taken(&error) => Err(Error::Duplicate("file path")),
                done => done.map(drop).during(operation),
            }
        })
        .await
    }

    async fn file(&self, path: &FilePath) -> Result<Option<File>, Error> {
        let path = path.clone();
        self.read("file", move |connection| read(connection, "file", &path)).await
    }

    async fn stage_blob(&self, blob: &BlobKey, due: EpochMillis) -> Result<(), Error> {
        let blob = blob.clone();
        self.write("stage_blob", move |connection| {
            change(connection, STAGE, (blob.as_str(), due.0)).map(drop).during("stage_blob")
        })
        .await
    }

    async fn set_file_content(&self, path: &FilePath, content: FileContent) -> Result<(), Error> {
        let operation = "set_file_content";
        let path = path.clone();
        self.write(operation, move |connection| {
            let (account, text) = key(&path);
            change(connection, STAGE_CONTENT, (account, text, content.uploaded_at.0)).during(operation)?;
            let values = (
                account,
                text,
                content.blob.as_str(),
                content.image.as_str(),
                stored(content.size),
                content.uploaded_at.0,
            );
            if change(connection, SET_CONTENT, values).during(operation)? == 0 {
                return Err(Error::NotFound);
            }
            match change(connection, FORGET, [content.blob.as_str()]).during(operation)? {
                0 => Err(Error::Conflict),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn share_file(
        &self,
        path: &FilePath,
        owner: ParticipantId,
        conversation: ConversationId,
        for_consumer: bool,
        at: EpochMillis,
    ) -> Result<(), Error> {
        let operation = "share_file";
        let path = path.clone();
        self.write(operation, move |connection| {
            let file = read(connection, operation, &path)?;
            let file = file.filter(|file| file.owner == owner && file.content.is_some());
            let shared = file.ok_or(Error::NotFound)?.shared;
            if shared.is_some_and(|shared| shared.conversation != conversation) {
                return Err(Error::Conflict);
            }
            let (account, path) = key(&path);
            let values = (account, path, id_bytes(&conversation), for_consumer, at.0);
            change(connection, SHARE, values).map(drop).during(operation)
        })
        .await
    }

    async fn confirm_shared_file(
        &self,
        path: &FilePath,
        conversation: ConversationId,
        for_consumer: bool,
        at: EpochMillis,
    ) -> Result<(), Error> {
        let path = path.clone();
        self.write("confirm_shared_file", move |connection| {
            let (account, path) = key(&path);
            let values = (account, path, id_bytes(&conversation), for_consumer, at.0);
            match change(connection, CONFIRM, values).during("confirm_shared_file")? {
                0 => Err(Error::NotFound),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn unshare_file(
        &self,
        path: &FilePath,
        conversation: ConversationId,
        shared_until: EpochMillis,
    ) -> Result<(), Error> {
        let path = path.clone();
        self.write("unshare_file", move |connection| {
            let (account, path) = key(&path);
            let values = (account, path, id_bytes(&conversation), shared_until.0);
            change(connection, UNSHARE, values).map(drop).during("unshare_file")
        })
        .await
    }

    async fn unconfirmed_files(
        &self,
        before: EpochMillis,
        limit: usize,
    ) -> Result<Vec<UnconfirmedFile>, Error> {
        self.read("unconfirmed_files", move |connection| {
            all(connection, "unconfirmed_files", UNCONFIRMED, (before.0, rows(limit)), |row| {
                let path = path(row, 0)?;
                Ok(UnconfirmedFile {
                    conversation: conversation_id(row, 1, "files.conversation", &path)?,
                    shared_at: EpochMillis(column(row, 2, "files.shared_at", &path)?),
                    path,
                })
            })
        })
        .await
    }

    async fn remove_waiting_files(
        &self,
        before: EpochMillis,
        now: EpochMillis,
        limit: usize,
    ) -> Result<usize, Error> {
        let operation = "remove_waiting_files";
        self.write(operation, move |connection| {
            let paths = all(connection, operation, OLD_WAITING, (before.0, rows(limit)), |row| path(row, 0))?;
            remove(connection, operation, &paths, now)
        })
        .await
    }

    async fn shared_files(
        &self,
        before: EpochMillis,
        request: PageRequest<u64>,
    ) -> Result<Page<SharedFileRow, u64>, Error> {
        self.read("shared_files", move |connection| {
            let values = (stored(request.after.unwrap_or(0)), before.0, page_limit(request.limit));
            let items = all(connection, "shared_files", SHARED, values, |row| {
                let path = path(row, 1)?;
                Ok(SharedFileRow {
                    number: unsigned(row, 0, "files.number", &path)?,
                    conversation: conversation_id(row, 2, "files.conversation", &path)?,
                    path,
                })
            })?;
            Ok(page(items, request.limit, |file| file.number))
        })
        .await
    }

    async fn remove_files(&self, paths: Vec<FilePath>, now: EpochMillis) -> Result<(), Error> {
        self.write("remove_files", move |connection| {
            remove(connection, "remove_files", &paths, now).map(drop)
        })
        .await
    }

    async fn remove_files_of(
        &self,
        account: &AccountId,
        owner: ParticipantId,
        now: EpochMillis,
        limit: usize,
    ) -> Result<usize, Error> {
        let operation = "remove_files_of";
        let account = account.clone();
        self.write(operation, move |connection| {
            let values = (account.as_str(), owner.to_string(), rows(limit));
            let paths = all(connection, operation, OF_OWNER, values, |row| path(row, 0))?;
            remove(connection, operation, &paths, now)
        })
        .await
        .inspect(|&removed| self.remains().note(removed > 0))
    }

    async fn remove_files_in(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        now: EpochMillis,
        limit: usize,
    ) -> Result<usize, Error> {
        let operation = "remove_files_in";
        let account = account.clone();
        self.write(operation, move |connection| {
            let values = (account.as_str(), id_bytes(&conversation), rows(limit));
            let paths = all(connection, operation, IN_CONVERSATION, values, |row| path(row, 0))?;
            remove(connection, operation, &paths, now)
        })
        .await
        .inspect(|&removed| self.remains().note(removed > 0))
    }

    async fn due_blobs(&self, now: EpochMillis, limit: usize) -> Result<Vec<BlobKey>, Error> {
        self.read("due_blobs", move |connection| {
            all(connection, "due_blobs", DUE, (now.0, rows(limit)), staged)
        })
        .await
    }

    async fn due_blobs_of(
        &self,
        account: &AccountId,
        now: EpochMillis,
        limit: usize,
    ) -> Result<Vec<BlobKey>, Error> {
        let account = account.clone();
        self.read("due_blobs_of", move |connection| {
            all(connection, "due_blobs_of", DUE_OF, (account.as_str(), now.0, rows(limit)), staged)
        })
        .await
    }

    async fn forget_blobs(&self, blobs: Vec<BlobKey>) -> Result<(), Error> {
        self.write("forget_blobs", move |connection| {
            for blob in &blobs {
                change(connection, FORGET, [blob.as_str()]).during("forget_blobs")?;
            }
            Ok(())
        })
        .await
    }
}

/// What finds the row of a file.
fn key(path: &FilePath) -> (&str, &str) {
    (path.account().as_str(), path.as_str())
}

/// A `LIMIT`.
fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn read(connection: &Connection, operation: &'static str, path: &FilePath) -> Result<Option<File>, Error> {
    one(connection, operation, ONE, key(path), file)
}

/// Removes rows and stages their contents; returns how many there were.
fn remove(
    connection: &Connection,
    operation: &'static str,
    paths: &[FilePath],
    now: EpochMillis,
) -> Result<usize, Error> {
    let mut removed = 0;
    for path in paths {
        let (account, path) = key(path);
        change(connection, STAGE_CONTENT, (account, path, now.0)).during(operation)?;
        removed += change(connection, REMOVE, (account, path)).during(operation)?;
    }
    Ok(removed)
}

fn staged(row: &Row<'_>) -> Result<BlobKey, Error> {
    let text: String = column(row, 0, "staged_blobs.blob", &"?")?;
    BlobKey::parse(&text).map_err(|error| corrupt("staged_blobs.blob", &text, error))
}

fn path(row: &Row<'_>, index: usize) -> Result<FilePath, Error> {
    let text: String = column(row, index, "files.path", &"?")?;
    FilePath::parse(&text).map_err(|error| corrupt("files.path", &text, error))
}

/// A column that holds one of a few words.
fn word<T>(
    row: &Row<'_>,
    index: usize,
    what: &'static str,
    path: &FilePath,
    parse: fn(&str) -> Option<T>,
) -> Result<T, Error> {
    let text: String = column(row, index, what, path)?;
    parse(&text).ok_or_else(|| corrupt(what, path, "the word is unknown"))
}

fn file(row: &Row<'_>) -> Result<File, Error> {
    let path = path(row, 0)?;
    let owner: String = column(row, 1, "files.owner", &path)?;
    Ok(File {
        owner: ParticipantId::parse(&owner).map_err(|error| corrupt("files.owner", &path, error))?,
        announced: word(row, 2, "files.announced", &path, UploadFileType::parse)?,
        created_at: EpochMillis(column(row, 3, "files.created_at", &path)?),
        content: content(row, &path)?,
        shared: shared(row, &path)?,
        path,
    })
}

fn content(row: &Row<'_>, path: &FilePath) -> Result<Option<FileContent>, Error> {
    let Some(blob) = column::<Option<String>>(row, 4, "files.blob", path)? else { return Ok(None) };
    Ok(Some(FileContent {
        blob: BlobKey::parse(&blob).map_err(|error| corrupt("files.blob", path, error))?,
        image: word(row, 5, "files.image", path, ImageType::parse)?,
        size: unsigned(row, 6, "files.size", path)?,
        uploaded_at: EpochMillis(column(row, 7, "files.uploaded_at", path)?),
    }))
}

fn shared(row: &Row<'_>, path: &FilePath) -> Result<Option<SharedFile>, Error> {
    if column::<Option<Vec<u8>>>(row, 8, "files.conversation", path)?.is_none() {
        return Ok(None);
    }
    Ok(Some(SharedFile {
        conversation: conversation_id(row, 8, "files.conversation", path)?,
        for_consumer: column(row, 9, "files.for_consumer", path)?,
        published_at: column::<Option<i64>>(row, 10, "files.published_at", path)?.map(EpochMillis),
    }))
}
