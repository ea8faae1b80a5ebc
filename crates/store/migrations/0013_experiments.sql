-- Experiments and what came of them, opinions about answers, and votes between answers.

CREATE TABLE experiment (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- What it is, as JSON.
    design TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    -- Why it ended, in a sentence, and the better variant.
    verdict TEXT,
    winner TEXT,
    UNIQUE (owner_id, name)
);

-- One result of each unit (a conversation, a user): the first that counts.
CREATE TABLE experiment_outcome (
    experiment_id TEXT NOT NULL,
    unit TEXT NOT NULL,
    variant TEXT NOT NULL,
    exchange_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    success BIGINT NOT NULL,
    total_ms BIGINT,
    first_token_ms BIGINT,
    cost_nanos BIGINT,
    tokens_per_kilosecond BIGINT,
    -- What somebody thought of it, in millionths from 0 to 1.
    rating_millionths BIGINT,
    PRIMARY KEY (experiment_id, unit)
);

CREATE TABLE feedback (
    owner_id TEXT NOT NULL,
    exchange_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    deployment TEXT NOT NULL,
    task TEXT,
    -- 1 is up, 0 is down.
    thumb BIGINT,
    -- Marks from 1 (bad) to 5 (good).
    quality BIGINT,
    speed BIGINT,
    cost BIGINT,
    usefulness BIGINT,
    preferred_provider TEXT,
    comment TEXT,
    PRIMARY KEY (owner_id, exchange_id)
);

CREATE INDEX feedback_by_time ON feedback (owner_id, at);

CREATE TABLE vote (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    left_deployment TEXT NOT NULL,
    right_deployment TEXT NOT NULL,
    choice TEXT NOT NULL,
    task TEXT,
    left_exchange_id TEXT,
    right_exchange_id TEXT
);

CREATE INDEX vote_by_time ON vote (owner_id, at);
