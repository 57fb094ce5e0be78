-- The key that signs the tokens of the team domain: one row for each use.

CREATE TABLE team_keys (
    use         TEXT   NOT NULL PRIMARY KEY,
    id          TEXT   NOT NULL,
    sealed      BYTEA  NOT NULL,
    certificate BYTEA  NOT NULL,
    created     BIGINT NOT NULL
);
