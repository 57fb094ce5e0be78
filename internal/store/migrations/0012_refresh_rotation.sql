-- A grant whose refresh token rotates counts its tokens: generation is the
-- number of the token that is valid now, and rotated has the times at which the
-- tokens just before it were replaced, as JSON.

ALTER TABLE grants ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;
ALTER TABLE grants ADD COLUMN rotated TEXT NOT NULL DEFAULT 'null';
