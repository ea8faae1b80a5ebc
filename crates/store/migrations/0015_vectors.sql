-- What passages mean: a vector for each, by model.

CREATE TABLE vector_space (
    id BIGINT PRIMARY KEY,
    -- The model that made the vectors, such as `on-device/all-minilm-l6-v2`.
    model TEXT NOT NULL,
    dimensions BIGINT NOT NULL,
    -- 1 for the space that searches use; another is being filled after the model was changed.
    serves BIGINT NOT NULL
);

CREATE UNIQUE INDEX vector_space_by_model ON vector_space (model);

CREATE TABLE chunk_vector (
    space BIGINT NOT NULL REFERENCES vector_space (id),
    -- Ids come from document, place and text: a passage that is the same after reading anew keeps its vector.
    chunk_id TEXT NOT NULL,
    document_id TEXT NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    -- Of length one, each number in sixteen bits, the lower byte first.
    vector {blob} NOT NULL,
    PRIMARY KEY (space, chunk_id)
);

CREATE INDEX chunk_vector_by_document ON chunk_vector (document_id, space);

-- Which of a document's passages all have vectors, and in which space.
ALTER TABLE document ADD COLUMN embedded_space BIGINT;
ALTER TABLE document ADD COLUMN embedded_generation BIGINT;
-- The job that read the passages which count: after a kill it goes on behind that.
ALTER TABLE document ADD COLUMN read_by TEXT;
