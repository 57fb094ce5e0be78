-- How a user has signed in: the name of the level of assurance, and the ways (the
-- claims acr and amr), as JSON. Sign-ins from before say nothing.

ALTER TABLE grants ADD COLUMN proof TEXT NOT NULL DEFAULT '{}';
ALTER TABLE auth_codes ADD COLUMN proof TEXT NOT NULL DEFAULT '{}';
ALTER TABLE browser_sessions ADD COLUMN proof TEXT NOT NULL DEFAULT '{}';
