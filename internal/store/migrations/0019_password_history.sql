-- The passwords that users had before, as their sealed verifiers, in pools that
-- refuse them. The present one is in the table users.

CREATE TABLE password_history (
    pool_id TEXT   NOT NULL,
    sub     TEXT   NOT NULL,
    set_at  BIGINT NOT NULL,
    salt    BYTEA  NOT NULL,
    name    TEXT   NOT NULL,
    sealed  BYTEA  NOT NULL,
    PRIMARY KEY (pool_id, sub, set_at, salt),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);
