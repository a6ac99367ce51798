-- The state of a conversation without a walk through its log: the ordinal of the newest entry that carries a state, and
-- what the messages after it changed, as JSON. NULL while nobody counted: the next message or change does.
ALTER TABLE conversations ADD COLUMN state INTEGER;
ALTER TABLE conversations ADD COLUMN tally TEXT;
