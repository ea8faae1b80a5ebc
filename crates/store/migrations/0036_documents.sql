-- What documents say of themselves beside title, author and language. Dates are `1999`, `1999-05` or `1999-05-03`, as
-- exact as they were told. What was read before this migration has none until it is read again.
ALTER TABLE document ADD COLUMN publisher TEXT;
ALTER TABLE document ADD COLUMN published TEXT;
ALTER TABLE document ADD COLUMN made TEXT;

-- What kind of document it is found to be (none: not known), how sure that is (from 0 to 1), and what said so, as a JSON
-- array. It is made with the entries.
ALTER TABLE document ADD COLUMN kind TEXT;
ALTER TABLE document ADD COLUMN kind_share DOUBLE PRECISION;
ALTER TABLE document ADD COLUMN kind_signals TEXT;
-- What a person says that it is; it holds when the document is read again.
ALTER TABLE document ADD COLUMN kind_chosen TEXT;

-- What was searched for, and what was opened of it; forgotten after some months.
CREATE TABLE search_asked (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES owner (id),
    -- In small letters, with one blank between words.
    query TEXT NOT NULL,
    hits BIGINT NOT NULL,
    -- How many passages of it were opened, and in which place the first of them stood (from 1).
    opened BIGINT NOT NULL,
    first_place BIGINT,
    asked_at BIGINT NOT NULL
);

CREATE INDEX search_asked_by_time ON search_asked (owner_id, asked_at);

CREATE TABLE search_opened (
    search_id TEXT NOT NULL REFERENCES search_asked (id) ON DELETE CASCADE,
    chunk_id TEXT NOT NULL,
    document_id TEXT NOT NULL,
    PRIMARY KEY (search_id, chunk_id)
);

CREATE INDEX search_opened_by_document ON search_opened (document_id);
