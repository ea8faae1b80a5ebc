-- Budgets of several windows on the installation, users, projects and keys; projects of keys, calls and batches.

CREATE TABLE budget (
    -- The budget that a key was made with has the key's id.
    id TEXT PRIMARY KEY,
    -- Who made it; for the scope `user`, whose spending it limits.
    owner_id TEXT NOT NULL,
    -- `installation`, `user`, `project` or `key`.
    scope TEXT NOT NULL,
    -- The key's id or the project's name; empty where the scope has only one.
    subject TEXT NOT NULL,
    label TEXT NOT NULL,
    limit_nanos BIGINT NOT NULL,
    period TEXT NOT NULL,
    -- The IANA name.
    time_zone TEXT NOT NULL,
    soft_percent BIGINT NOT NULL,
    emergency_percent BIGINT,
    action TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

INSERT INTO budget (id, owner_id, scope, subject, label, limit_nanos, period, time_zone, soft_percent,
        emergency_percent, action, created_at)
    SELECT id, owner_id, 'key', id, '', budget_nanos, budget_period, 'UTC', 80, NULL, 'reject', created_at
    FROM virtual_key WHERE budget_nanos IS NOT NULL AND budget_period IS NOT NULL;

ALTER TABLE virtual_key DROP COLUMN budget_nanos;
ALTER TABLE virtual_key DROP COLUMN budget_period;

ALTER TABLE virtual_key ADD COLUMN project TEXT;
ALTER TABLE exchange ADD COLUMN project TEXT;
ALTER TABLE batch ADD COLUMN project TEXT;

-- What a user, a project or everybody has spent since a moment.
CREATE INDEX exchange_by_project ON exchange (project, started_at);

-- The sums of exchanges that have been forgotten are told apart by project as well.
DROP VIEW spending;
ALTER TABLE exchange_day RENAME TO exchange_day_before;

CREATE TABLE exchange_day (
    owner_id TEXT NOT NULL,
    -- The first moment of the day in UTC.
    started_at BIGINT NOT NULL,
    -- Empty for the owner's own page and command line.
    key_id TEXT NOT NULL,
    -- Empty for none.
    project TEXT NOT NULL,
    -- The deployment, or the route where nothing answered.
    name TEXT NOT NULL,
    -- Empty where none was reached.
    provider TEXT NOT NULL,
    requests BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    estimated BIGINT NOT NULL,
    cached BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    cached_input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cost_nanos BIGINT NOT NULL,
    saved_nanos BIGINT NOT NULL,
    PRIMARY KEY (owner_id, started_at, key_id, project, name, provider)
);

INSERT INTO exchange_day (owner_id, started_at, key_id, project, name, provider, requests, failures, estimated,
        cached, input_tokens, cached_input_tokens, output_tokens, cost_nanos, saved_nanos)
    SELECT owner_id, started_at, key_id, '', name, provider, requests, failures, estimated, cached, input_tokens,
        cached_input_tokens, output_tokens, cost_nanos, saved_nanos
    FROM exchange_day_before;

DROP TABLE exchange_day_before;

CREATE VIEW spending AS
    SELECT owner_id, started_at, key_id, project, COALESCE(deployment, route) AS name,
        COALESCE(provider, '') AS provider, CAST(1 AS BIGINT) AS requests,
        CAST(CASE WHEN outcome IN ('failed', 'interrupted') THEN 1 ELSE 0 END AS BIGINT) AS failures,
        estimated, cache_hit AS cached,
        input_tokens + cached_input_tokens + cache_write_tokens AS input_tokens, cached_input_tokens,
        output_tokens, cost_nanos, saved_nanos
    FROM exchange
    UNION ALL
    SELECT owner_id, started_at, NULLIF(key_id, ''), NULLIF(project, ''), name, provider, requests, failures,
        estimated, cached, input_tokens, cached_input_tokens, output_tokens, cost_nanos, saved_nanos
    FROM exchange_day;
