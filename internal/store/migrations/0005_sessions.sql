-- Who is signed in at the gateway, and what may be used only once: tickets
-- from host to host, and handles between two steps of a sign-in.

CREATE TABLE gateway_sessions (
    id       TEXT   NOT NULL PRIMARY KEY,
    person   TEXT   NOT NULL,
    sealed   BYTEA  NOT NULL,
    expires  BIGINT NOT NULL,
    revision BIGINT NOT NULL
);

CREATE INDEX gateway_sessions_person ON gateway_sessions (person);
CREATE INDEX gateway_sessions_expires ON gateway_sessions (expires);

CREATE TABLE spent (
    id      TEXT   NOT NULL PRIMARY KEY,
    expires BIGINT NOT NULL
);

CREATE INDEX spent_expires ON spent (expires);
