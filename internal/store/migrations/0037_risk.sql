-- What pools do about risks, and what their users did.

-- The owner is an app client, or "" for all clients without their own. client_id is
-- empty (NULL) for "".
CREATE TABLE risk_configurations (
    pool_id   TEXT   NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    owner     TEXT   NOT NULL,
    client_id TEXT   REFERENCES clients (id) ON DELETE CASCADE,
    settings  TEXT   NOT NULL,
    modified  BIGINT NOT NULL,
    PRIMARY KEY (pool_id, owner)
);

CREATE INDEX risk_configurations_client ON risk_configurations (client_id);

-- Sign-ins are compared with the events that are known to be the user's own.
CREATE TABLE auth_events (
    pool_id TEXT    NOT NULL,
    sub     TEXT    NOT NULL,
    created BIGINT  NOT NULL,
    id      TEXT    NOT NULL,
    known   BOOLEAN NOT NULL,
    event   TEXT    NOT NULL,
    PRIMARY KEY (pool_id, sub, created, id),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);

CREATE INDEX auth_events_known ON auth_events (pool_id, sub, known, created, id);
CREATE INDEX auth_events_created ON auth_events (created);
