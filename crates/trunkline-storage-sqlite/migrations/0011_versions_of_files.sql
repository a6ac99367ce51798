-- A file's version is told by the key of its bytes, which are never changed: no digest is kept any more.
CREATE TABLE files_without_digest (
    number INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    path TEXT NOT NULL,
    owner TEXT NOT NULL,
    announced TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    blob TEXT,
    image TEXT,
    size INTEGER,
    uploaded_at INTEGER,
    conversation BLOB,
    for_consumer INTEGER NOT NULL DEFAULT 0,
    published_at INTEGER,
    shared_at INTEGER,
    UNIQUE (account, path),
    CHECK ((blob IS NULL) = (image IS NULL) AND (blob IS NULL) = (size IS NULL)),
    CHECK ((blob IS NULL) = (uploaded_at IS NULL)),
    CHECK (published_at IS NULL OR conversation IS NOT NULL)
) STRICT;
INSERT INTO files_without_digest (number, account, path, owner, announced, created_at, blob, image, size, uploaded_at,
                                  conversation, for_consumer, published_at, shared_at)
SELECT number, account, path, owner, announced, created_at, blob, image, size, uploaded_at,
       conversation, for_consumer, published_at, shared_at
FROM files;
DROP TABLE files;
ALTER TABLE files_without_digest RENAME TO files;
CREATE INDEX files_owner ON files (account, owner);
CREATE INDEX files_waiting ON files (created_at) WHERE conversation IS NULL;
CREATE INDEX files_unconfirmed ON files (shared_at) WHERE conversation IS NOT NULL AND published_at IS NULL;
CREATE INDEX files_conversation ON files (conversation) WHERE conversation IS NOT NULL;
