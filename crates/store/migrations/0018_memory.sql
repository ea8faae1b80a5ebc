-- What is known of a person. Nothing is overwritten: a fact that another one takes the place of stays, with the time
-- at which that happened.

CREATE TABLE memory_fact (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    -- Where it may be recalled: `user`, `persona:ID`, `project:NAME` or `campaign:ID`.
    scope TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- Whom it is about: `you`, or what they are to the person.
    subject TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    text TEXT NOT NULL,
    -- What was said before it, where that helps to find it.
    context TEXT NOT NULL,
    -- Both in thousandths.
    confidence BIGINT NOT NULL,
    importance BIGINT NOT NULL,
    -- Who wrote it down: `rules`, `model`, `person` or `tool`.
    origin TEXT NOT NULL,
    conversation_id TEXT,
    message_id TEXT,
    said_at BIGINT NOT NULL,
    -- When it holds in the world, as far as that was said.
    true_from BIGINT,
    true_until BIGINT,
    -- When it was known here.
    recorded_at BIGINT NOT NULL,
    superseded_at BIGINT,
    superseded_by TEXT,
    struck_at BIGINT,
    forgotten_at BIGINT,
    -- When the row last changed: what is in memory catches up by it.
    changed_at BIGINT NOT NULL
);

CREATE INDEX memory_fact_by_attribute ON memory_fact (owner_id, scope, subject, attribute);
CREATE INDEX memory_fact_by_change ON memory_fact (owner_id, scope, changed_at);
CREATE INDEX memory_fact_by_message ON memory_fact (message_id);
CREATE INDEX memory_fact_by_conversation ON memory_fact (conversation_id);

-- What changed: the time line.
CREATE TABLE memory_change (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    fact_id TEXT NOT NULL REFERENCES memory_fact (id) ON DELETE CASCADE,
    what TEXT NOT NULL,
    -- The fact that took its place, where one did.
    other_id TEXT,
    at BIGINT NOT NULL
);

CREATE INDEX memory_change_by_owner ON memory_change (owner_id, at);
CREATE INDEX memory_change_by_fact ON memory_change (fact_id);

CREATE TABLE memory_vector (
    model TEXT NOT NULL,
    fact_id TEXT NOT NULL REFERENCES memory_fact (id) ON DELETE CASCADE,
    -- As in `chunk_vector`.
    vector {blob} NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (model, fact_id)
);

CREATE INDEX memory_vector_by_fact ON memory_vector (fact_id);

-- `off` where nothing is recalled in the conversation and nothing learned from it.
ALTER TABLE conversation ADD COLUMN memory TEXT;
