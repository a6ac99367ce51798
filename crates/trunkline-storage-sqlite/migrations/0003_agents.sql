-- What conversations are about. Rows are never removed, so that a number always means the same.
CREATE TABLE skills (
    account TEXT NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, name)
) STRICT, WITHOUT ROWID;

-- What is offered to a user: `skills` is a JSON array of skill numbers (empty: everything), `max_conversations` is NULL
-- without a limit.
ALTER TABLE users ADD COLUMN skills TEXT NOT NULL DEFAULT '[]';
ALTER TABLE users ADD COLUMN max_conversations INTEGER;

-- API keys: OAuth 1.0a values with which users sign in. `secrets` is a hash over all that is secret.
CREATE TABLE user_keys (
    account TEXT NOT NULL,
    app_key TEXT NOT NULL,
    user INTEGER NOT NULL,
    secrets BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, app_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_keys_user ON user_keys (account, user);

-- The API key that began the session; NULL for a password.
ALTER TABLE sessions ADD COLUMN app_key TEXT;

-- Lists of conversations, by id because that is what index entries end with.
CREATE INDEX conversations_account ON conversations (account, open);
CREATE INDEX conversations_consumer ON conversations (consumer, open);
DROP INDEX conversations_open;
