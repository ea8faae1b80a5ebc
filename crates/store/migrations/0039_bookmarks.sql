-- Passages that somebody wants to find again. A passage's id comes from document, place and text, so that a bookmark holds
-- when the document is read again; where the text has changed, what it said is still shown.
CREATE TABLE bookmark (
    owner_id TEXT NOT NULL REFERENCES owner (id),
    chunk_id TEXT NOT NULL,
    document_id TEXT NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    heading TEXT,
    page BIGINT,
    -- How it begins.
    excerpt TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (owner_id, chunk_id)
);

CREATE INDEX bookmark_by_time ON bookmark (owner_id, created_at);
CREATE INDEX bookmark_by_document ON bookmark (document_id);
