-- Links to conversations: a copy for reading under an address that cannot be guessed. The copy is kept as it was made, so that
-- what is said later is not read by anybody before its owner puts it there.
CREATE TABLE share (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversation (id),
    -- The end of the address. Its owner may copy it again at any time, and the copy that it leads to lies beside it: a
    -- fingerprint alone would protect nothing here.
    token TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    -- What beside the words is in the copy, as JSON.
    shown TEXT NOT NULL,
    -- The copy, as JSON.
    snapshot TEXT NOT NULL,
    messages BIGINT NOT NULL,
    -- The password as Argon2id keeps it.
    password TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT,
    views BIGINT NOT NULL,
    viewed_at BIGINT
);

CREATE INDEX share_by_owner ON share (owner, created_at, id);
CREATE INDEX share_by_conversation ON share (conversation_id);
