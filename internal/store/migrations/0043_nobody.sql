-- The secret from which the users are made up whom a pool pretends to have, sealed, if
-- the pool came with one. And of a pool that is being imported: the sum of the lines
-- of its file up to the last row that is there.

ALTER TABLE pools ADD COLUMN nobody BYTEA;
ALTER TABLE pools ADD COLUMN imported_sum BYTEA;
