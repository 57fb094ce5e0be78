-- Keys of administrators and their programs: access keys, whose secrets are
-- sealed, and API tokens, which are kept as hashes.

CREATE TABLE operator_keys (
    id        TEXT   NOT NULL PRIMARY KEY,
    kind      TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    sealed    BYTEA,
    hash      BYTEA,
    created   BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    revoked   BIGINT NOT NULL
);

CREATE UNIQUE INDEX operator_keys_hash ON operator_keys (hash) WHERE hash IS NOT NULL;
