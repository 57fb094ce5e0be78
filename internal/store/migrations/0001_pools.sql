-- Pools and what their owners set up in them. What is only read with the whole
-- row is JSON in one column; what is searched, or must be unique, has a column
-- of its own. Times are microseconds since 1970 UTC; 0 means never.

CREATE TABLE pools (
    id       TEXT   NOT NULL PRIMARY KEY,
    name     TEXT   NOT NULL,
    settings TEXT   NOT NULL,
    created  BIGINT NOT NULL,
    modified BIGINT NOT NULL
);

CREATE TABLE clients (
    id       TEXT   NOT NULL PRIMARY KEY,
    pool_id  TEXT   NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    name     TEXT   NOT NULL,
    secrets  TEXT   NOT NULL,
    settings TEXT   NOT NULL,
    created  BIGINT NOT NULL,
    modified BIGINT NOT NULL
);

CREATE INDEX clients_pool ON clients (pool_id, id);

CREATE TABLE domains (
    name                  TEXT    NOT NULL PRIMARY KEY,
    pool_id               TEXT    NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    custom                BOOLEAN NOT NULL,
    certificate_arn       TEXT    NOT NULL,
    managed_login_version BIGINT  NOT NULL,
    created               BIGINT  NOT NULL,
    UNIQUE (pool_id, custom)
);

CREATE TABLE resource_servers (
    pool_id    TEXT   NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    identifier TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    scopes     TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    PRIMARY KEY (pool_id, identifier)
);
