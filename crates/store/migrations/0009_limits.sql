-- Virtual keys: limits on tokens and calls at a time, how urgent its requests may be, and rotation.

ALTER TABLE virtual_key ADD COLUMN tokens_per_minute BIGINT;
ALTER TABLE virtual_key ADD COLUMN parallel BIGINT;
ALTER TABLE virtual_key ADD COLUMN priority TEXT NOT NULL DEFAULT 'normal';
-- The secret it had before, and until when that still works.
ALTER TABLE virtual_key ADD COLUMN old_hash TEXT;
ALTER TABLE virtual_key ADD COLUMN old_until BIGINT;
