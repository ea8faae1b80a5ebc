-- How deployments and providers did, minute by minute; older minutes are added up to hours.

CREATE TABLE health_span (
    -- Which program wrote it: two may serve one database, and one may be started twice in a minute.
    run_id TEXT NOT NULL,
    -- When it begins, in minutes since 1970.
    start_minute BIGINT NOT NULL,
    -- 1 or 60 minutes.
    minutes BIGINT NOT NULL,
    provider TEXT NOT NULL,
    -- `provider/model`; empty for the whole provider.
    deployment TEXT NOT NULL,
    calls BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    limited BIGINT NOT NULL,
    down_minutes BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    -- Distributions of times: `bucket:count`, separated by spaces.
    latency TEXT NOT NULL,
    first_token TEXT NOT NULL,
    PRIMARY KEY (start_minute, provider, deployment, run_id)
);

CREATE INDEX health_span_by_deployment ON health_span (deployment, start_minute);
CREATE INDEX health_span_by_length ON health_span (minutes, start_minute);
