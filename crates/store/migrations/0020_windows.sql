-- A conversation is read by the piece: from a message to those before it, beside it and after it, and what all of it cost
-- without reading any of it.
ALTER TABLE message ADD COLUMN cost_nanos BIGINT;
UPDATE message SET cost_nanos = {receipt_cost} WHERE role = 'assistant';

CREATE INDEX message_by_parent ON message (conversation_id, parent_id);
CREATE INDEX message_by_cost ON message (conversation_id, cost_nanos) WHERE cost_nanos IS NOT NULL;
