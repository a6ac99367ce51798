-- Conversations in a survey: open although their main dialog is closed. There were none before this column.
ALTER TABLE conversations ADD COLUMN survey INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversations_survey ON conversations (account) WHERE survey = 1;
