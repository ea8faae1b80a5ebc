-- Typed entries that documents tell of: spells, monsters, conditions, magic items, equipment.

CREATE TABLE entry (
    -- Of document, name, and how many of that name came before: the same after reading anew.
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES owner (id),
    document_id TEXT NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The passages that it stands in.
    first_ordinal BIGINT NOT NULL,
    last_ordinal BIGINT NOT NULL,
    chunk_id TEXT NOT NULL,
    page BIGINT,
    -- The layout that it was found by.
    layout TEXT NOT NULL,
    -- JSON object: what it says, by field.
    facts TEXT NOT NULL,
    -- A spell's level, a monster's challenge (1/4 is 0.25).
    level DOUBLE PRECISION,
    school TEXT,
    -- How much of what is expected of its kind was found, from 0 to 1.
    quality DOUBLE PRECISION NOT NULL,
    -- JSON array: what the person corrected (`kind`, `name`, fields).
    corrected TEXT NOT NULL
);

CREATE INDEX entry_by_document ON entry (document_id, first_ordinal);
CREATE INDEX entry_by_kind ON entry (owner_id, kind, name);

-- What a person put right; it holds again whenever the document is read anew.
CREATE TABLE entry_correction (
    entry_id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES owner (id),
    document_id TEXT NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    -- JSON object: kind, name, fields (none takes one away).
    changes TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX entry_correction_by_document ON entry_correction (document_id);

-- What corrections taught of a publisher's layout.
CREATE TABLE entry_pattern (
    owner_id TEXT NOT NULL REFERENCES owner (id),
    -- As the documents name their author; empty for those that name none.
    publisher TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- The field whose label it is; empty for the line under a name.
    field TEXT NOT NULL,
    pattern TEXT NOT NULL,
    learned_at BIGINT NOT NULL,
    PRIMARY KEY (owner_id, publisher, kind, field, pattern)
);

-- Out of which generation of passages, and by which version of the patterns, the entries were made.
ALTER TABLE document ADD COLUMN entries_made TEXT;
