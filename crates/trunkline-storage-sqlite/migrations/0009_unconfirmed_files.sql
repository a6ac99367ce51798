-- When a file was last bound to a conversation: what was bound long ago and is not published yet, a crash left behind.
ALTER TABLE files ADD COLUMN shared_at INTEGER;
UPDATE files SET shared_at = created_at WHERE conversation IS NOT NULL;
CREATE INDEX files_unconfirmed ON files (shared_at) WHERE conversation IS NOT NULL AND published_at IS NULL;
