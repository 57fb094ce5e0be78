-- A pool that is being imported: the id of the export, and how many of its rows are
-- there. Nobody sees the pool until importing is empty again.

ALTER TABLE pools ADD COLUMN importing TEXT NOT NULL DEFAULT '';
ALTER TABLE pools ADD COLUMN imported BIGINT NOT NULL DEFAULT 0;
