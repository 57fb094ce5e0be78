-- The spelling of the username with which a password's verifier was made. Empty,
-- for passwords from before, it is the username as it is stored.

ALTER TABLE users ADD COLUMN password_name TEXT NOT NULL DEFAULT '';
