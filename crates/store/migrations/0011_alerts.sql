-- What somebody should know, and what became of telling others.

CREATE TABLE alert (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- `info`, `warning` or `critical`.
    severity TEXT NOT NULL,
    -- What is the same thing: happening again, it counts up instead of being told again.
    dedupe_key TEXT NOT NULL,
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    -- JSON object: the figures.
    facts TEXT NOT NULL,
    occurrences BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    -- When it was over, for what can be over.
    resolved_at BIGINT,
    -- When somebody said that they have seen it.
    acknowledged_at BIGINT
);

CREATE UNIQUE INDEX alert_open ON alert (owner_id, dedupe_key) WHERE resolved_at IS NULL;
CREATE INDEX alert_by_key ON alert (owner_id, dedupe_key, last_at);
CREATE INDEX alert_by_time ON alert (owner_id, last_at);

CREATE TABLE alert_delivery (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    alert_id TEXT NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    -- The webhook's id, and its name at the time.
    webhook TEXT NOT NULL,
    name TEXT NOT NULL,
    -- `waiting`, `delivered` or `failed`.
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    error TEXT,
    -- What is sent, the same each time.
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX alert_delivery_by_alert ON alert_delivery (alert_id);
