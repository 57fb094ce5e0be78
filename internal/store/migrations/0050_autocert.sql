-- What the client of the certificate authority keeps for all nodes: its account, the
-- certificates with their keys, the answers to challenges. Values are sealed under the
-- master keys.

CREATE TABLE acme_values (
    name     TEXT   NOT NULL PRIMARY KEY,
    sealed   BYTEA  NOT NULL,
    modified BIGINT NOT NULL
);

-- Which node asks the authority for something. A lock ends by itself.

CREATE TABLE acme_locks (
    name  TEXT   NOT NULL PRIMARY KEY,
    owner TEXT   NOT NULL,
    until BIGINT NOT NULL
);
