-- Conversations whose entries are tombstones, and those that are closed and hold something, by their last entries.
ALTER TABLE conversations ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversations_erasable ON conversations (account, head) WHERE open = 0 AND erased = 0;
CREATE INDEX files_conversation ON files (conversation) WHERE conversation IS NOT NULL;

-- What was done to accounts, in the order in which it was noted; `details` is a JSON object.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT,
    details TEXT NOT NULL
) STRICT;
CREATE INDEX audit_account ON audit (account);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the audit trail is only added to'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the audit trail is only added to'); END;
