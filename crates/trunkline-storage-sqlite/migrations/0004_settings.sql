-- How accounts are set up: JSON documents by name.
CREATE TABLE settings (
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;
