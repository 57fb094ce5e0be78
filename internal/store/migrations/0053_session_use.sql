-- When a session at the gateway was used last, in so far as it was written. 0: not
-- since the sign-in.

ALTER TABLE gateway_sessions ADD COLUMN seen BIGINT NOT NULL DEFAULT 0;
