-- Codes that were sent to users, and the counts that limit guessing. A subject
-- is what the counts are of: it need not be a user that exists.

CREATE TABLE codes (
    pool_id   TEXT   NOT NULL,
    sub       TEXT   NOT NULL,
    purpose   TEXT   NOT NULL,
    mac       BYTEA  NOT NULL,
    attribute TEXT   NOT NULL,
    sent      BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    wrong     BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub, purpose),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);

CREATE INDEX codes_expires ON codes (expires);

CREATE TABLE attempts (
    pool_id  TEXT   NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    subject  TEXT   NOT NULL,
    count    BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    locked   BIGINT NOT NULL,
    PRIMARY KEY (pool_id, subject)
);

CREATE INDEX attempts_last ON attempts (last_at);
