-- When the entries of the log were decided: none up to `ordinal` later than `newest_at`. Both columns grow together.
CREATE TABLE log_times (
    newest_at INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    PRIMARY KEY (newest_at, ordinal)
) STRICT, WITHOUT ROWID;
INSERT INTO log_times (newest_at, ordinal)
SELECT newest_at, ordinal
FROM (SELECT ordinal, max(at) OVER (ORDER BY ordinal) AS newest_at FROM log)
WHERE ordinal % 4096 = 0;

-- How far webhook deliveries to an app are: one row for each app, named by its number. `position` is NULL while the app
-- is not enabled; the row stays, so that generations only grow. `records` counts its rows in `delivery_records`.
CREATE TABLE delivery_cursors (
    app INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,
    position INTEGER,
    lost_first INTEGER,
    lost_last INTEGER,
    replay_after INTEGER,
    replay_until INTEGER,
    replay_at INTEGER,
    records INTEGER NOT NULL DEFAULT 0,
    CHECK ((lost_first IS NULL) = (lost_last IS NULL)),
    CHECK ((replay_after IS NULL) = (replay_at IS NULL) AND (replay_until IS NULL) = (replay_at IS NULL))
) STRICT;
INSERT INTO delivery_cursors (app, generation, position)
SELECT
    number,
    CASE state WHEN 'enabled' THEN 1 ELSE 0 END,
    CASE state WHEN 'enabled' THEN coalesce((SELECT max(ordinal) FROM log), 0) END
FROM installations;

-- Events that wait for another attempt.
CREATE TABLE parked_events (
    app INTEGER NOT NULL,
    conversation BLOB NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    alone INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    at INTEGER NOT NULL,
    due INTEGER NOT NULL,
    PRIMARY KEY (app, conversation, version, alone)
) STRICT, WITHOUT ROWID;

-- What was tried. Few rows per app are kept, so the key alone serves every list; `duration` is in microseconds.
CREATE TABLE delivery_records (
    app INTEGER NOT NULL,
    id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    conversation BLOB NOT NULL,
    version INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    duration INTEGER NOT NULL,
    answer TEXT NOT NULL,
    error TEXT,
    PRIMARY KEY (app, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_records_at ON delivery_records (at);
