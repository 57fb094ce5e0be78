-- Signing keys, sign-ins with what came of them, and browsers that are signed
-- in. Refresh tokens, authorization codes and handles are kept as hashes.

CREATE TABLE signing_keys (
    pool_id TEXT   NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    use     TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    sealed  BYTEA  NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (pool_id, use)
);

CREATE TABLE grants (
    pool_id      TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    client_id    TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    sub          TEXT   NOT NULL,
    source       TEXT   NOT NULL,
    scopes       TEXT   NOT NULL,
    resource     TEXT   NOT NULL,
    event_id     TEXT   NOT NULL,
    refresh_hash BYTEA,
    auth_time    BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    expires      BIGINT NOT NULL,
    revoked      BIGINT NOT NULL,
    PRIMARY KEY (pool_id, id),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);

CREATE UNIQUE INDEX grants_refresh ON grants (refresh_hash) WHERE refresh_hash IS NOT NULL;
CREATE INDEX grants_user ON grants (pool_id, sub);
CREATE INDEX grants_client ON grants (client_id);
CREATE INDEX grants_expires ON grants (expires);

CREATE TABLE auth_codes (
    hash         BYTEA  NOT NULL PRIMARY KEY,
    pool_id      TEXT   NOT NULL,
    client_id    TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    sub          TEXT   NOT NULL,
    redirect_uri TEXT   NOT NULL,
    scopes       TEXT   NOT NULL,
    resource     TEXT   NOT NULL,
    nonce        TEXT   NOT NULL,
    challenge    TEXT   NOT NULL,
    auth_time    BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    expires      BIGINT NOT NULL,
    used         BIGINT NOT NULL,
    grant_id     TEXT   NOT NULL,
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);

CREATE INDEX auth_codes_user ON auth_codes (pool_id, sub);
CREATE INDEX auth_codes_client ON auth_codes (client_id);
CREATE INDEX auth_codes_expires ON auth_codes (expires);

CREATE TABLE browser_sessions (
    hash      BYTEA  NOT NULL PRIMARY KEY,
    pool_id   TEXT   NOT NULL,
    sub       TEXT   NOT NULL,
    provider  TEXT   NOT NULL,
    auth_time BIGINT NOT NULL,
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);

CREATE INDEX browser_sessions_user ON browser_sessions (pool_id, sub);
CREATE INDEX browser_sessions_expires ON browser_sessions (expires);
