-- A pool has several signing keys of one use while it changes from one to the
-- next: number is their order, and signs_from is when a key replaces the one
-- before it.

CREATE TABLE signing_keys_numbered (
    pool_id    TEXT   NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    use        TEXT   NOT NULL,
    number     BIGINT NOT NULL,
    id         TEXT   NOT NULL,
    sealed     BYTEA  NOT NULL,
    created    BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    PRIMARY KEY (pool_id, use, number)
);

INSERT INTO signing_keys_numbered (pool_id, use, number, id, sealed, created, signs_from)
SELECT pool_id, use, 1, id, sealed, created, created FROM signing_keys;

DROP TABLE signing_keys;

ALTER TABLE signing_keys_numbered RENAME TO signing_keys;
