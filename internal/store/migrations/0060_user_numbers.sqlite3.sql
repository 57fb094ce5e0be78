-- Short numbers for pools, users and the names of attributes, so that the rows by
-- which users are found are short: there are several of each user. Whoever reads
-- them by name has the views login_names and user_search.
--
-- SQLite cannot add a numbered key to a table, so users is replaced. With foreign
-- keys, that would delete the rows of all other tables that refer to a user.

CREATE TABLE without_foreign_keys (enabled INTEGER CHECK (enabled = 0));
INSERT INTO without_foreign_keys SELECT foreign_keys FROM pragma_foreign_keys;
DROP TABLE without_foreign_keys;

ALTER TABLE pools ADD COLUMN number INTEGER; -- of every pool that has users
UPDATE pools SET number = (SELECT COUNT(*) FROM pools p WHERE p.id <= pools.id);
CREATE UNIQUE INDEX pools_number ON pools (number);

CREATE TABLE attribute_numbers (
    name   TEXT    NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE
);

INSERT INTO attribute_numbers (name, number) VALUES ('username', 1), ('email', 2),
    ('phone_number', 3), ('preferred_username', 4), ('name', 5), ('given_name', 6), ('family_name', 7);

CREATE TABLE new_users (
    number           INTEGER PRIMARY KEY,
    id               INTEGER GENERATED ALWAYS AS (number), -- SQLite compares rows, (pool, id) > (…), with indexes of columns alone, and number is none
    pool             INTEGER NOT NULL,
    pool_id          TEXT    NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    sub              TEXT    NOT NULL,
    username         TEXT    NOT NULL,
    status           TEXT    NOT NULL,
    enabled          BOOLEAN NOT NULL,
    attributes       TEXT    NOT NULL,
    security         TEXT    NOT NULL DEFAULT '{}',
    has_password     BOOLEAN NOT NULL,
    password_form    TEXT    NOT NULL DEFAULT '',
    password_name    TEXT    NOT NULL DEFAULT '',
    password_salt    BYTEA,
    password_sealed  BYTEA,
    password_set     BIGINT  NOT NULL,
    password_expires BIGINT  NOT NULL,
    created          BIGINT  NOT NULL,
    modified         BIGINT  NOT NULL,
    UNIQUE (pool_id, sub)
);

INSERT INTO new_users (number, pool, pool_id, sub, username, status, enabled, attributes, security, has_password,
        password_form, password_name, password_salt, password_sealed, password_set, password_expires, created, modified)
    SELECT u.rowid, (SELECT p.number FROM pools p WHERE p.id = u.pool_id), u.pool_id, u.sub, u.username, u.status, u.enabled,
        u.attributes, u.security, u.has_password, u.password_form, CASE WHEN u.password_name = u.username THEN '' ELSE u.password_name END,
        u.password_salt, u.password_sealed, u.password_set, u.password_expires, u.created, u.modified
    FROM users u;

-- One name is one user's, whatever kind of name it is.
CREATE TABLE user_names (
    pool    INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    kind    INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    PRIMARY KEY (pool, name),
    FOREIGN KEY (pool, user_id) REFERENCES users (pool, id) ON DELETE CASCADE
) WITHOUT ROWID;

INSERT INTO user_names (pool, name, kind, user_id)
    SELECT p.number, n.name, (SELECT k.number FROM attribute_numbers k WHERE k.name = n.kind), u.id
    FROM pools p CROSS JOIN login_names n ON n.pool_id = p.id CROSS JOIN new_users u ON u.pool_id = n.pool_id AND u.sub = n.sub;

CREATE TABLE user_values (
    pool      INTEGER NOT NULL,
    user_id   INTEGER NOT NULL,
    attribute INTEGER NOT NULL,
    value     TEXT    NOT NULL,
    PRIMARY KEY (pool, user_id, attribute),
    FOREIGN KEY (pool, user_id) REFERENCES users (pool, id) ON DELETE CASCADE
) WITHOUT ROWID;

INSERT INTO user_values (pool, user_id, attribute, value)
    SELECT u.pool, u.id, k.number, s.value
    FROM new_users u CROSS JOIN user_search s ON s.pool_id = u.pool_id AND s.sub = u.sub CROSS JOIN attribute_numbers k ON k.name = s.attribute;

DROP TABLE login_names;
DROP TABLE user_search;
DROP TABLE users;
ALTER TABLE new_users RENAME TO users;

CREATE UNIQUE INDEX users_pool ON users (pool, id);
CREATE INDEX users_username ON users (pool, username, id);
CREATE INDEX users_status ON users (pool, status, id);
CREATE INDEX users_enabled ON users (pool, enabled, id);
CREATE INDEX user_names_user ON user_names (pool, user_id, kind);
CREATE INDEX user_values_value ON user_values (pool, attribute, value, user_id);

CREATE VIEW login_names AS
    SELECT p.id AS pool_id, n.name, k.name AS kind, u.sub
    FROM pools p JOIN user_names n ON n.pool = p.number JOIN users u ON u.pool = n.pool AND u.id = n.user_id JOIN attribute_numbers k ON k.number = n.kind;

CREATE VIEW user_search AS
    SELECT u.pool_id, u.sub, k.name AS attribute, v.value
    FROM users u JOIN user_values v ON v.pool = u.pool AND v.user_id = u.id JOIN attribute_numbers k ON k.number = v.attribute;
