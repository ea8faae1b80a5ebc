-- Batches: many requests handed in at once, answered when there is time.

-- A file of lines that a batch can be made of.
CREATE TABLE batch_file (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES owner (id),
    -- The virtual key that it came with; empty for the owner's own page and command line.
    key_id TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX batch_file_by_owner ON batch_file (owner_id, id);

CREATE TABLE batch (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES owner (id),
    key_id TEXT NOT NULL,
    -- What its lines ask for, such as `/v1/chat/completions`.
    endpoint TEXT NOT NULL,
    -- The file it was made of; empty where its lines came with it.
    file_id TEXT NOT NULL,
    -- The blob that its lines lie in.
    sha256 TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    -- JSON object of the caller's own.
    metadata TEXT NOT NULL,
    -- JSON array: what is wrong with which line.
    problems TEXT NOT NULL,
    lines BIGINT NOT NULL,
    -- JSON object: how its lines ended; none until it is over.
    counts TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    cancelled_at BIGINT,
    ended_at BIGINT,
    -- Sizes of the two files of results; none where there is no such file, or it was deleted.
    output_bytes BIGINT,
    errors_bytes BIGINT
);

CREATE INDEX batch_by_owner ON batch (owner_id, id);
CREATE INDEX batch_by_state ON batch (state, id);

-- The lines of a batch that go the same way: through the gateway one by one, or into a provider's own batch.
CREATE TABLE batch_part (
    batch_id TEXT NOT NULL REFERENCES batch (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    -- The deployment whose provider takes them; empty for the gateway's own.
    deployment TEXT NOT NULL,
    -- Until it is handed in: `waiting`; while nobody knows whether it was: `submitting`; then `submitted`, `done`.
    state TEXT NOT NULL,
    -- The provider's id of its batch.
    upstream_id TEXT,
    submitted_at BIGINT,
    -- JSON array: batches of the provider that turned out to be somebody else's.
    not_ours TEXT NOT NULL,
    -- How often the provider was asked since something changed.
    polls BIGINT NOT NULL,
    PRIMARY KEY (batch_id, number)
);

CREATE TABLE batch_line (
    batch_id TEXT NOT NULL REFERENCES batch (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    part BIGINT NOT NULL,
    custom_id TEXT NOT NULL,
    -- The ledger's id of its call.
    exchange_id TEXT NOT NULL,
    model TEXT NOT NULL,
    -- Where its body lies in the blob.
    body_start BIGINT NOT NULL,
    body_bytes BIGINT NOT NULL,
    -- Most it can cost, in nano-dollars; none where that is not known.
    worst_nanos BIGINT,
    state TEXT NOT NULL,
    status BIGINT,
    reply TEXT,
    cost_nanos BIGINT NOT NULL,
    PRIMARY KEY (batch_id, number)
);

CREATE INDEX batch_line_by_state ON batch_line (batch_id, state, number);
