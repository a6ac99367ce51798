-- Shared files: what is known about them; their bytes are elsewhere, under `blob`. `content` columns are NULL until an
-- upload is complete; `conversation` is NULL until the file is shared there, `published_at` until the message is stored.
CREATE TABLE files (
    number INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    path TEXT NOT NULL,
    owner TEXT NOT NULL,
    announced TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    blob TEXT,
    image TEXT,
    size INTEGER,
    digest BLOB,
    uploaded_at INTEGER,
    conversation BLOB,
    for_consumer INTEGER NOT NULL DEFAULT 0,
    published_at INTEGER,
    UNIQUE (account, path),
    CHECK ((blob IS NULL) = (image IS NULL) AND (blob IS NULL) = (size IS NULL)),
    CHECK ((blob IS NULL) = (digest IS NULL) AND (blob IS NULL) = (uploaded_at IS NULL)),
    CHECK (published_at IS NULL OR conversation IS NOT NULL)
) STRICT;
CREATE INDEX files_owner ON files (account, owner);
CREATE INDEX files_waiting ON files (created_at) WHERE conversation IS NULL;

-- Bytes to delete: of uploads under way, unless they become a file's content in time, and of what was removed.
CREATE TABLE staged_blobs (
    blob TEXT PRIMARY KEY,
    due INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX staged_blobs_due ON staged_blobs (due);
