-- A message is deleted with what follows it, and comes back with it.
ALTER TABLE message ADD COLUMN deleted_at BIGINT;
-- The message that was deleted, where this one went along with it; of that one itself.
ALTER TABLE message ADD COLUMN deleted_with TEXT;

CREATE INDEX message_by_deletion ON message (conversation_id, deleted_with) WHERE deleted_with IS NOT NULL;
