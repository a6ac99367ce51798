-- Keys get a third purpose, tokens of consumers on the web. Which purposes there are is checked where they are read.
CREATE TABLE signing_keys_of_any_purpose (
    kid TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('next', 'active', 'retired')),
    retired_at INTEGER,
    private_key BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO signing_keys_of_any_purpose (kid, purpose, state, retired_at, private_key, created_at)
SELECT kid, purpose, state, retired_at, private_key, created_at FROM signing_keys;
DROP TABLE signing_keys;
ALTER TABLE signing_keys_of_any_purpose RENAME TO signing_keys;
