-- What every bench keeps: owners, records with their history, links, jobs, secrets, blobs, settings.
-- Portable types only: TEXT, BIGINT (flags 0/1, times in Unix milliseconds), DOUBLE PRECISION, {blob}.

CREATE TABLE owner (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- The single user of an installation without accounts (`base::Id::FIRST_OWNER`).
INSERT INTO owner (id, name, created_at) VALUES ('00000000-0000-0000-0000-000000000001', 'owner', 0);

CREATE TABLE record (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    owner_id TEXT NOT NULL REFERENCES owner (id),
    parent_id TEXT,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    search_text TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE INDEX record_by_kind ON record (owner_id, kind, updated_at, id);
CREATE INDEX record_by_parent ON record (parent_id);

CREATE TABLE record_version (
    record_id TEXT NOT NULL REFERENCES record (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (record_id, version)
);

-- A relation between two things, whichever tables they stand in.
CREATE TABLE link (
    owner_id TEXT NOT NULL REFERENCES owner (id),
    from_id TEXT NOT NULL,
    relation TEXT NOT NULL,
    to_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (from_id, relation, to_id)
);

CREATE INDEX link_by_target ON link (to_id, relation);

CREATE TABLE job (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES owner (id),
    name TEXT NOT NULL,
    arguments TEXT NOT NULL,
    priority BIGINT NOT NULL,
    state TEXT NOT NULL,
    dedupe_key TEXT,
    stage TEXT NOT NULL,
    progress_done BIGINT NOT NULL,
    progress_total BIGINT,
    result TEXT,
    error TEXT,
    attempts BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    cancel_requested BIGINT NOT NULL,
    worker_id TEXT,
    claim_id TEXT,
    lease_until BIGINT,
    due_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT
);

CREATE INDEX job_by_turn ON job (state, priority, created_at);
CREATE INDEX job_by_owner ON job (owner_id, name, created_at);
-- The same work is not queued twice while it waits or runs.
CREATE UNIQUE INDEX job_unfinished ON job (owner_id, name, dedupe_key)
    WHERE dedupe_key IS NOT NULL AND state IN ('queued', 'running');

CREATE TABLE secret (
    owner_id TEXT NOT NULL REFERENCES owner (id),
    name TEXT NOT NULL,
    key_id TEXT NOT NULL,
    nonce {blob} NOT NULL,
    ciphertext {blob} NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (owner_id, name)
);

CREATE TABLE blob (
    sha256 TEXT PRIMARY KEY,
    size_bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Who still needs a blob; one that nobody needs is deleted.
CREATE TABLE blob_reference (
    sha256 TEXT NOT NULL REFERENCES blob (sha256),
    owner_id TEXT NOT NULL REFERENCES owner (id),
    holder TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (sha256, holder)
);

CREATE INDEX blob_reference_by_holder ON blob_reference (holder);

CREATE TABLE setting (
    owner_id TEXT NOT NULL REFERENCES owner (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (owner_id, name)
);
