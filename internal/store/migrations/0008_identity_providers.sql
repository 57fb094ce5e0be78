-- Where the gateway signs people in, as far as it is set up by the API.

CREATE TABLE identity_providers (
    id       TEXT   NOT NULL PRIMARY KEY,
    name     TEXT   NOT NULL,
    config   TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    created  BIGINT NOT NULL,
    modified BIGINT NOT NULL
);
