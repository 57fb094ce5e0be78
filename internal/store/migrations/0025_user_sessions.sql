-- What a pool that tracks sessions remembers of a sign-in: when, from which
-- device and from which address it was used last. active is 0 for a sign-in
-- that is not tracked. parent is the id of the browser session through which a
-- grant, or the code for it, came.

ALTER TABLE grants ADD COLUMN parent TEXT NOT NULL DEFAULT '';
ALTER TABLE grants ADD COLUMN active BIGINT NOT NULL DEFAULT 0;
ALTER TABLE grants ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE grants ADD COLUMN address TEXT NOT NULL DEFAULT '';

ALTER TABLE auth_codes ADD COLUMN parent TEXT NOT NULL DEFAULT '';

ALTER TABLE browser_sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE browser_sessions ADD COLUMN client_id TEXT NOT NULL DEFAULT '';
ALTER TABLE browser_sessions ADD COLUMN active BIGINT NOT NULL DEFAULT 0;
ALTER TABLE browser_sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE browser_sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
