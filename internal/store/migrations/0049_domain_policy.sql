-- The lowest TLS version of a custom domain: see userpool.Domain. '': not chosen.

ALTER TABLE domains ADD COLUMN security_policy TEXT NOT NULL DEFAULT '';
