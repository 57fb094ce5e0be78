-- Users, the names they answer to, the values by which lists find them, and
-- their groups.

CREATE TABLE users (
    pool_id          TEXT    NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    sub              TEXT    NOT NULL,
    username         TEXT    NOT NULL,
    status           TEXT    NOT NULL,
    enabled          BOOLEAN NOT NULL,
    attributes       TEXT    NOT NULL,
    has_password     BOOLEAN NOT NULL,
    password_salt    BYTEA,
    password_sealed  BYTEA,
    password_set     BIGINT  NOT NULL,
    password_expires BIGINT  NOT NULL,
    signed_out       BIGINT  NOT NULL,
    created          BIGINT  NOT NULL,
    modified         BIGINT  NOT NULL,
    PRIMARY KEY (pool_id, sub)
);

CREATE INDEX users_username ON users (pool_id, username, sub);
CREATE INDEX users_status ON users (pool_id, status, sub);
CREATE INDEX users_enabled ON users (pool_id, enabled, sub);

-- One name is one user's, whatever kind of name it is.
CREATE TABLE login_names (
    pool_id TEXT NOT NULL,
    name    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    sub     TEXT NOT NULL,
    PRIMARY KEY (pool_id, name),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);

CREATE INDEX login_names_user ON login_names (pool_id, sub);

CREATE TABLE user_search (
    pool_id   TEXT NOT NULL,
    sub       TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (pool_id, sub, attribute),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);

CREATE INDEX user_search_value ON user_search (pool_id, attribute, value, sub);

CREATE TABLE user_groups (
    pool_id     TEXT   NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    name        TEXT   NOT NULL,
    description TEXT   NOT NULL,
    role_arn    TEXT   NOT NULL,
    precedence  BIGINT,
    created     BIGINT NOT NULL,
    modified    BIGINT NOT NULL,
    PRIMARY KEY (pool_id, name)
);

CREATE TABLE memberships (
    pool_id    TEXT   NOT NULL,
    group_name TEXT   NOT NULL,
    sub        TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    PRIMARY KEY (pool_id, group_name, sub),
    FOREIGN KEY (pool_id, group_name) REFERENCES user_groups (pool_id, name) ON DELETE CASCADE,
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);

CREATE INDEX memberships_user ON memberships (pool_id, sub);
