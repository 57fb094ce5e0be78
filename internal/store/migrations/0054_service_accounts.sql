-- Service accounts are keys too: programs that pass the gateway. What policies know of
-- them is JSON; expires is 0 for one without an end.

ALTER TABLE operator_keys ADD COLUMN expires BIGINT NOT NULL DEFAULT 0;
ALTER TABLE operator_keys ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';
