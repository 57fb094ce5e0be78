-- What an installation for development would have sent, bodies sealed.

CREATE TABLE counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE messages (
    id        BIGINT  NOT NULL PRIMARY KEY,
    medium    TEXT    NOT NULL,
    recipient TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    body      BYTEA   NOT NULL,
    html      BOOLEAN NOT NULL,
    pool      TEXT    NOT NULL,
    username  TEXT    NOT NULL,
    purpose   TEXT    NOT NULL,
    sent      BIGINT  NOT NULL
);

CREATE INDEX messages_sent ON messages (sent);
