-- How the sign-in pages of pools are to look, and the documents to which they are
-- to link.

CREATE TABLE login_styles (
    id        TEXT    NOT NULL PRIMARY KEY,
    pool_id   TEXT    NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    client_id TEXT    NOT NULL UNIQUE REFERENCES clients (id) ON DELETE CASCADE,
    provided  BOOLEAN NOT NULL,
    settings  TEXT    NOT NULL,
    assets    TEXT    NOT NULL,
    created   BIGINT  NOT NULL,
    modified  BIGINT  NOT NULL
);

CREATE INDEX login_styles_pool ON login_styles (pool_id);

-- The owner is an app client, or ALL. client_id is empty (NULL) for ALL.
CREATE TABLE ui_customizations (
    pool_id   TEXT   NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    owner     TEXT   NOT NULL,
    client_id TEXT   REFERENCES clients (id) ON DELETE CASCADE,
    css       TEXT   NOT NULL,
    logo      BYTEA  NOT NULL,
    logo_type TEXT   NOT NULL,
    created   BIGINT NOT NULL,
    modified  BIGINT NOT NULL,
    PRIMARY KEY (pool_id, owner)
);

CREATE INDEX ui_customizations_client ON ui_customizations (client_id);

CREATE TABLE terms (
    id        TEXT   NOT NULL PRIMARY KEY,
    pool_id   TEXT   NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    client_id TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    name      TEXT   NOT NULL,
    links     TEXT   NOT NULL,
    created   BIGINT NOT NULL,
    modified  BIGINT NOT NULL,
    UNIQUE (client_id, name)
);

CREATE INDEX terms_pool ON terms (pool_id, id);
