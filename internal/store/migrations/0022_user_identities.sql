-- What identity providers of a pool call its users. The column security of users
-- says who has such a row.

CREATE TABLE user_identities (
    pool_id   TEXT    NOT NULL,
    provider  TEXT    NOT NULL,
    attribute TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    sub       TEXT    NOT NULL,
    main      BOOLEAN NOT NULL,
    linked    BIGINT  NOT NULL,
    PRIMARY KEY (pool_id, provider, attribute, value),
    FOREIGN KEY (pool_id, provider) REFERENCES pool_providers (pool_id, name) ON DELETE CASCADE,
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);

CREATE INDEX user_identities_user ON user_identities (pool_id, sub, linked);
