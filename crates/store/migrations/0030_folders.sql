-- Where conversations lie: folders within folders, tags, what is pinned and what is put away.
CREATE TABLE folder (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    parent_id TEXT,
    name TEXT NOT NULL,
    -- The place among those of the same parent, the smallest first.
    position BIGINT NOT NULL,
    -- What models are told before anything else in the conversations of it.
    prompt TEXT NOT NULL,
    -- Which documents those conversations rest on, as JSON.
    grounding TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Folders that were deleted together have the same moment, and come back together.
    deleted_at BIGINT
);

CREATE INDEX folder_by_owner ON folder (owner, deleted_at);

-- May name a folder that is deleted: then the conversation is in none, and in it again when the folder comes back.
ALTER TABLE conversation ADD COLUMN folder_id TEXT;
-- 'off' where what the folder says does not count in this conversation.
ALTER TABLE conversation ADD COLUMN folder_use TEXT;
-- The place in the folder, the greatest first, on the scale of `updated_at` in nanoseconds; null goes by that.
ALTER TABLE conversation ADD COLUMN rank BIGINT;
-- As a JSON list of small letters; null for none.
ALTER TABLE conversation ADD COLUMN tags TEXT;
ALTER TABLE conversation ADD COLUMN pinned_at BIGINT;
ALTER TABLE conversation ADD COLUMN archived_at BIGINT;

CREATE INDEX conversation_by_folder ON conversation (folder_id) WHERE folder_id IS NOT NULL;
CREATE INDEX conversation_by_pin ON conversation (owner, pinned_at) WHERE pinned_at IS NOT NULL;
CREATE INDEX conversation_by_archive ON conversation (owner, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX conversation_by_tags ON conversation (owner) WHERE tags IS NOT NULL;

-- Which model wrote a message, to find it by.
ALTER TABLE message ADD COLUMN model TEXT;
UPDATE message SET model = {answer_model} WHERE role = 'assistant';
