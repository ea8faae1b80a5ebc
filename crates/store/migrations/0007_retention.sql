-- What is kept of requests and replies, and the sums of exchanges that have been forgotten.

CREATE TABLE exchange_body (
    exchange_id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    kept_at BIGINT NOT NULL,
    -- Encrypted; bound to the exchange's id.
    sealed {blob} NOT NULL,
    bytes BIGINT NOT NULL
);

CREATE INDEX exchange_body_by_owner ON exchange_body (owner_id, kept_at);

CREATE TABLE exchange_day (
    owner_id TEXT NOT NULL,
    -- The first moment of the day in UTC.
    started_at BIGINT NOT NULL,
    -- Empty for the owner's own page and command line.
    key_id TEXT NOT NULL,
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
    PRIMARY KEY (owner_id, started_at, key_id, name, provider)
);

-- Everything that was ever spent: exchanges one by one, and the sums of those that are gone.
CREATE VIEW spending AS
    SELECT owner_id, started_at, key_id, COALESCE(deployment, route) AS name,
        COALESCE(provider, '') AS provider, CAST(1 AS BIGINT) AS requests,
        CAST(CASE WHEN outcome IN ('failed', 'interrupted') THEN 1 ELSE 0 END AS BIGINT) AS failures,
        estimated, cache_hit AS cached,
        input_tokens + cached_input_tokens + cache_write_tokens AS input_tokens, cached_input_tokens,
        output_tokens, cost_nanos, saved_nanos
    FROM exchange
    UNION ALL
    SELECT owner_id, started_at, NULLIF(key_id, ''), name, provider, requests, failures, estimated, cached,
        input_tokens, cached_input_tokens, output_tokens, cost_nanos, saved_nanos
    FROM exchange_day;
