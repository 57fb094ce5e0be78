-- The pages that people wanted who are signing in: their addresses, sealed.

CREATE TABLE sign_in_pages (
    id      TEXT   NOT NULL PRIMARY KEY,
    sealed  BYTEA  NOT NULL,
    expires BIGINT NOT NULL
);

CREATE INDEX sign_in_pages_expires ON sign_in_pages (expires);
