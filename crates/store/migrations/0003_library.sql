-- Documents and the passages they were cut into.

CREATE TABLE document (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES owner (id),
    title TEXT NOT NULL,
    author TEXT,
    language TEXT,
    file_name TEXT NOT NULL,
    -- Title and file name in small letters, for the filter of the list.
    search_name TEXT NOT NULL,
    collection TEXT,
    format TEXT,
    sha256 TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    pages BIGINT,
    chunk_count BIGINT NOT NULL,
    status TEXT NOT NULL,
    -- A problem as JSON, and a list of them.
    failure TEXT,
    warnings TEXT NOT NULL,
    -- Which passages count: a new run writes its own beside the old ones.
    generation BIGINT NOT NULL,
    -- Which of them are in the search index; none when it has to be brought up to date.
    indexed_generation BIGINT,
    job_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE UNIQUE INDEX document_by_content ON document (owner_id, sha256);
CREATE INDEX document_by_age ON document (owner_id, created_at, id);

CREATE TABLE chunk (
    document_id TEXT NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    id TEXT NOT NULL,
    -- The headings, outermost first, joined by ' › '.
    heading TEXT,
    text TEXT NOT NULL,
    -- Where pages begin in the text, as JSON: [[page, byte], ...].
    page_starts TEXT NOT NULL,
    PRIMARY KEY (document_id, generation, ordinal)
);

CREATE INDEX chunk_by_id ON chunk (id);
