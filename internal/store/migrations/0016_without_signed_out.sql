-- The time of a user's last sign-out everywhere is not kept any more: what it
-- ended are grants, and they say so themselves.

ALTER TABLE users DROP COLUMN signed_out;
