-- The gateway: virtual keys, and the ledger of everything that went through it.

CREATE TABLE virtual_key (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- SHA-256 of the key's text in hexadecimal; the text itself is kept nowhere.
    hash TEXT NOT NULL UNIQUE,
    -- The first characters of the text, to recognise it by.
    prefix TEXT NOT NULL,
    -- JSON array of routes and deployments; empty for all.
    routes TEXT NOT NULL,
    budget_nanos BIGINT,
    budget_period TEXT,
    requests_per_minute BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

CREATE INDEX virtual_key_by_owner ON virtual_key (owner_id, id);

CREATE TABLE exchange (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    key_id TEXT,
    operation TEXT NOT NULL,
    route TEXT NOT NULL,
    deployment TEXT,
    provider TEXT,
    model TEXT,
    caller_dialect TEXT,
    upstream_dialect TEXT,
    streamed BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    error_kind TEXT,
    error_message TEXT,
    input_tokens BIGINT NOT NULL,
    cached_input_tokens BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    cost_nanos BIGINT NOT NULL,
    priced BIGINT NOT NULL,
    estimated BIGINT NOT NULL,
    saved_nanos BIGINT NOT NULL,
    first_token_ms BIGINT,
    total_ms BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    cache_hit BIGINT NOT NULL,
    -- JSON array of labels.
    tags TEXT NOT NULL,
    -- JSON object: what was asked for, who was considered, who answered.
    explanation TEXT NOT NULL
);

CREATE INDEX exchange_by_owner ON exchange (owner_id, id);
CREATE INDEX exchange_by_time ON exchange (owner_id, started_at);
CREATE INDEX exchange_by_key ON exchange (key_id, started_at);
