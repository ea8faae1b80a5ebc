-- What an engine beside the database (Qdrant, pgvector) has of the vectors: a copy that can be made anew.

CREATE TABLE vector_copy (
    -- Where the copy is; one at another place is another one.
    target TEXT NOT NULL,
    -- The vectors of one model, by the name that the engine calls them.
    collection TEXT NOT NULL,
    -- Without a reference: what is gone here has still to be taken out there.
    document_id TEXT NOT NULL,
    -- How many passages of it are there.
    vectors BIGINT NOT NULL,
    -- The change under way; none once the copy is as the tables are.
    change_id TEXT,
    PRIMARY KEY (target, collection, document_id)
);

-- Where the vector of a fact is copied to; nowhere yet, or what is there is another one.
ALTER TABLE memory_vector ADD COLUMN copied_to TEXT;
CREATE INDEX memory_vector_copied ON memory_vector (model, copied_to);
