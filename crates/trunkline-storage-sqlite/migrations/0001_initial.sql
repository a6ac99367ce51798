-- Facts about the store itself. `watermark`: `conversations` reflects every log entry up to this ordinal.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('watermark', 0), ('health', 0);

-- The log of all conversations in commit order. Nothing but the ordinal is indexed, so that a commit appends to one
-- page; `previous` leads to the conversation's entry before (0 = none), `milestone` to its newest earlier entry whose
-- version is a multiple of 64 (0 = none), so that long logs need not be walked step by step.
CREATE TABLE log (
    ordinal INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL,
    version INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    milestone INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    state TEXT
) STRICT;

-- Where each conversation's log ends. Derived from `log` and complete up to the watermark only.
CREATE TABLE conversations (
    id BLOB PRIMARY KEY,
    account TEXT NOT NULL,
    consumer BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    open INTEGER NOT NULL,
    version INTEGER NOT NULL,
    head INTEGER NOT NULL,
    milestone INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX conversations_open ON conversations (consumer) WHERE open = 1;

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    consumer_secret BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE installations (
    number INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    id BLOB NOT NULL,
    client_name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('enabled', 'disabled', 'deleted')),
    deleted_at INTEGER,
    issued_at INTEGER NOT NULL,
    current_secret BLOB NOT NULL,
    previous_secret BLOB,
    previous_valid_until INTEGER,
    manifest TEXT NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE UNIQUE INDEX installations_client_name ON installations (account, client_name) WHERE state <> 'deleted';

-- `ac-revision`: counts the writes to an account's app installations.
CREATE TABLE installation_revisions (
    account TEXT PRIMARY KEY,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    account TEXT NOT NULL,
    id INTEGER NOT NULL,
    login_name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('agent', 'manager', 'admin')),
    password_hash TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, login_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    bearer BLOB PRIMARY KEY,
    account TEXT NOT NULL,
    user INTEGER NOT NULL,
    cookie BLOB NOT NULL,
    csrf BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (account, cookie)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_end ON sessions (account, expires_at);
CREATE INDEX sessions_user ON sessions (account, user);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('appjwt', 'consumerjws')),
    state TEXT NOT NULL CHECK (state IN ('next', 'active', 'retired')),
    retired_at INTEGER,
    private_key BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE consumers (
    account TEXT NOT NULL,
    id BLOB NOT NULL,
    profile TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
