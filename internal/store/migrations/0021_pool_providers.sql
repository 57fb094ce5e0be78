-- The identity providers of pools, and the keys with which pools sign what they
-- send to SAML providers.

CREATE TABLE pool_providers (
    pool_id  TEXT   NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    name     TEXT   NOT NULL,
    type     TEXT   NOT NULL,
    settings TEXT   NOT NULL,
    sealed   BYTEA  NOT NULL,
    created  BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    PRIMARY KEY (pool_id, name)
);

-- By which values of idp_identifier a provider is chosen.
CREATE TABLE provider_identifiers (
    pool_id    TEXT NOT NULL,
    identifier TEXT NOT NULL,
    provider   TEXT NOT NULL,
    PRIMARY KEY (pool_id, identifier),
    FOREIGN KEY (pool_id, provider) REFERENCES pool_providers (pool_id, name) ON DELETE CASCADE
);

CREATE INDEX provider_identifiers_provider ON provider_identifiers (pool_id, provider);

-- Which clients offer a provider. While one does, the provider cannot be deleted.
CREATE TABLE client_providers (
    pool_id   TEXT NOT NULL,
    provider  TEXT NOT NULL,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    PRIMARY KEY (client_id, provider),
    FOREIGN KEY (pool_id, provider) REFERENCES pool_providers (pool_id, name)
);

CREATE INDEX client_providers_provider ON client_providers (pool_id, provider);

CREATE TABLE saml_keys (
    pool_id     TEXT   NOT NULL PRIMARY KEY REFERENCES pools (id) ON DELETE CASCADE,
    sealed      BYTEA  NOT NULL,
    certificate BYTEA  NOT NULL,
    issued      BIGINT NOT NULL
);
