-- 1 where work was asked for while it ran, and may have been past what was meant: it runs once more.
ALTER TABLE job ADD COLUMN again BIGINT NOT NULL DEFAULT 0;
