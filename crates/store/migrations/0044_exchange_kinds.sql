-- Most calls are like many others but for their time, their tokens and their cost: what they have in common stands once, in
-- a row of `exchange_kind`, and a call's own row has half the columns. Whoever reads sees both as `exchange`.
DROP VIEW spending;
DROP INDEX exchange_by_time;
DROP INDEX exchange_by_key;
DROP INDEX exchange_by_project;
ALTER TABLE exchange RENAME TO exchange_before;

CREATE TABLE exchange_kind (
    -- Made of the digest.
    id {number_key},
    -- Of everything below, but for the time.
    digest TEXT NOT NULL,
    -- When the latest exchange of this kind began, or later.
    seen_at BIGINT NOT NULL,
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
    priced BIGINT NOT NULL,
    estimated BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    cache_hit BIGINT NOT NULL,
    -- Where many were alike in these, too; else each exchange has its own.
    error_message TEXT,
    tags TEXT,
    explanation TEXT
);

CREATE INDEX exchange_kind_by_age ON exchange_kind (seen_at);

CREATE TABLE exchange_row (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    key_id TEXT,
    project TEXT,
    kind BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    cached_input_tokens BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    cost_nanos BIGINT NOT NULL,
    saved_nanos BIGINT NOT NULL,
    baseline_nanos BIGINT NOT NULL,
    prompt_saved_nanos BIGINT NOT NULL,
    first_token_ms BIGINT,
    total_ms BIGINT NOT NULL,
    error_message TEXT,
    -- JSON array of labels.
    tags TEXT,
    -- JSON object: what was asked for, who was considered, who answered.
    explanation TEXT
);

-- Numbered below nothing, where no digest leads.
CREATE VIEW exchange_numbered AS
    SELECT exchange_before.*, -DENSE_RANK() OVER (ORDER BY operation, route, deployment, provider, model, caller_dialect,
        upstream_dialect, streamed, outcome, error_kind, priced, estimated, attempts, cache_hit) AS kind
    FROM exchange_before;

INSERT INTO exchange_kind (id, digest, seen_at, operation, route, deployment, provider, model, caller_dialect,
        upstream_dialect, streamed, outcome, error_kind, priced, estimated, attempts, cache_hit)
    SELECT kind, CAST(kind AS TEXT), MAX(started_at), operation, route, deployment, provider, model, caller_dialect,
        upstream_dialect, streamed, outcome, error_kind, priced, estimated, attempts, cache_hit
    FROM exchange_numbered
    GROUP BY kind, operation, route, deployment, provider, model, caller_dialect, upstream_dialect, streamed, outcome,
        error_kind, priced, estimated, attempts, cache_hit;

INSERT INTO exchange_row (id, owner_id, started_at, key_id, project, kind, input_tokens, cached_input_tokens,
        cache_write_tokens, output_tokens, reasoning_tokens, cost_nanos, saved_nanos, baseline_nanos,
        prompt_saved_nanos, first_token_ms, total_ms, error_message, tags, explanation)
    SELECT id, owner_id, started_at, key_id, project, kind, input_tokens, cached_input_tokens, cache_write_tokens,
        output_tokens, reasoning_tokens, cost_nanos, saved_nanos, baseline_nanos, prompt_saved_nanos, first_token_ms,
        total_ms, error_message, tags, explanation
    FROM exchange_numbered ORDER BY id;

DROP VIEW exchange_numbered;
DROP TABLE exchange_before;

CREATE INDEX exchange_by_time ON exchange_row (owner_id, started_at);
CREATE INDEX exchange_by_key ON exchange_row (key_id, started_at);
CREATE INDEX exchange_by_project ON exchange_row (project, started_at) WHERE project IS NOT NULL;

CREATE VIEW exchange AS
    SELECT own.id, own.owner_id, own.started_at, own.key_id, own.project, kind.operation, kind.route, kind.deployment,
        kind.provider, kind.model, kind.caller_dialect, kind.upstream_dialect, kind.streamed, kind.outcome,
        kind.error_kind, COALESCE(own.error_message, kind.error_message) AS error_message, own.input_tokens,
        own.cached_input_tokens, own.cache_write_tokens, own.output_tokens, own.reasoning_tokens, own.cost_nanos,
        kind.priced, kind.estimated, own.saved_nanos, own.baseline_nanos, own.prompt_saved_nanos, own.first_token_ms,
        own.total_ms, kind.attempts, kind.cache_hit, COALESCE(own.tags, kind.tags) AS tags,
        COALESCE(own.explanation, kind.explanation) AS explanation
    FROM exchange_row own LEFT JOIN exchange_kind kind ON kind.id = own.kind;

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
