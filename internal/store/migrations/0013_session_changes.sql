-- Gateway sessions by their person: a subject at an issuer. The sessions before
-- were known by an e-mail address alone. They end: their people sign in again.

DROP TABLE gateway_sessions;

CREATE TABLE gateway_sessions (
    id               TEXT   NOT NULL PRIMARY KEY,
    issuer           TEXT   NOT NULL,
    subject          TEXT   NOT NULL,
    provider_session TEXT   NOT NULL,
    sealed           BYTEA  NOT NULL,
    created          BIGINT NOT NULL,
    expires          BIGINT NOT NULL,
    revision         BIGINT NOT NULL,
    changed          BIGINT NOT NULL
);

CREATE INDEX gateway_sessions_person ON gateway_sessions (issuer, subject, created);
CREATE INDEX gateway_sessions_provider_session ON gateway_sessions (issuer, provider_session);
CREATE INDEX gateway_sessions_created ON gateway_sessions (created, id);
CREATE INDEX gateway_sessions_expires ON gateway_sessions (expires);

-- What ended or changed sessions, for the memory of all nodes. The marks have no
-- gaps, and their order is the order of the commits: each transaction takes its
-- mark from the one row of session_mark, and keeps the row until its end.

CREATE TABLE session_mark (
    mark BIGINT NOT NULL
);

INSERT INTO session_mark (mark) VALUES (1);

CREATE TABLE session_changes (
    mark             BIGINT  NOT NULL PRIMARY KEY,
    id               TEXT    NOT NULL,
    issuer           TEXT    NOT NULL,
    subject          TEXT    NOT NULL,
    provider_session TEXT    NOT NULL,
    ended            BOOLEAN NOT NULL
);
