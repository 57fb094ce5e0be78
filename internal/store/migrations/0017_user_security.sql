-- What a pool keeps of a user to sign it in, besides the password, as one JSON
-- document.

ALTER TABLE users ADD COLUMN security TEXT NOT NULL DEFAULT '{}';
