-- Conversations and their messages. A message is a row appended once and updated only while it is written.
CREATE TABLE conversation (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT NOT NULL,
    -- Who made the title: 'words' (of the first message), 'model' or 'person'.
    title_source TEXT NOT NULL,
    model TEXT,
    grounding TEXT NOT NULL,
    leaf_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE INDEX conversation_by_time ON conversation (owner, updated_at, id);

CREATE TABLE message (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversation (id),
    parent_id TEXT,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    text TEXT NOT NULL,
    -- What is never searched or joined on, as JSON: reasoning, parts, images, citations, error, model, receipt.
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX message_by_conversation ON message (conversation_id, id);
CREATE INDEX message_by_status ON message (status);
