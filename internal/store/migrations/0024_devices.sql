-- The devices that users have confirmed, with the verifier that a device proves,
-- and the device to which the refresh tokens of a grant are bound. A grant whose
-- device is not confirmed cannot be refreshed.

CREATE TABLE devices (
    pool_id       TEXT    NOT NULL,
    sub           TEXT    NOT NULL,
    key           TEXT    NOT NULL,
    group_key     TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    salt          BYTEA   NOT NULL,
    sealed        BYTEA   NOT NULL,
    remembered    BOOLEAN NOT NULL,
    address       TEXT    NOT NULL,
    created       BIGINT  NOT NULL,
    modified      BIGINT  NOT NULL,
    authenticated BIGINT  NOT NULL,
    PRIMARY KEY (pool_id, sub, key),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);

ALTER TABLE grants ADD COLUMN device_key TEXT NOT NULL DEFAULT '';
ALTER TABLE grants ADD COLUMN device_confirmed BOOLEAN NOT NULL DEFAULT FALSE;
