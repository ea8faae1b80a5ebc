-- What a call would have cost without Familiar, and what the provider's prompt cache saved of it. The sums of days that
-- were cleared away before have no such figures: there it counts as what was paid and what the cache of replies saved.
ALTER TABLE exchange ADD COLUMN baseline_nanos BIGINT NOT NULL DEFAULT 0;
ALTER TABLE exchange ADD COLUMN prompt_saved_nanos BIGINT NOT NULL DEFAULT 0;
ALTER TABLE exchange_day ADD COLUMN baseline_nanos BIGINT NOT NULL DEFAULT 0;
ALTER TABLE exchange_day ADD COLUMN prompt_saved_nanos BIGINT NOT NULL DEFAULT 0;

UPDATE exchange SET baseline_nanos = cost_nanos + saved_nanos;
UPDATE exchange_day SET baseline_nanos = cost_nanos + saved_nanos;
