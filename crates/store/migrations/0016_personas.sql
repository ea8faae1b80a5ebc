-- Who speaks in a conversation, and who spoke a message. Personas themselves are records.

-- As JSON: the persona that answers and the one that the person is.
ALTER TABLE conversation ADD COLUMN persona TEXT;
ALTER TABLE message ADD COLUMN persona_id TEXT;
-- For statistics of a persona; null where nothing was asked of a model.
ALTER TABLE message ADD COLUMN tokens BIGINT;
ALTER TABLE message ADD COLUMN took_ms BIGINT;

CREATE INDEX message_by_persona ON message (persona_id, created_at);
