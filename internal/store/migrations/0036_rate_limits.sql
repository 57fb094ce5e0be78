-- How many requests a second of a category are answered, if the API asked for it, and
-- what each node was asked for lately.

CREATE TABLE provisioned_limits (
    category TEXT   NOT NULL PRIMARY KEY,
    value    BIGINT NOT NULL
);

CREATE TABLE rate_demands (
    node     TEXT   NOT NULL,
    category TEXT   NOT NULL,
    demand   BIGINT NOT NULL,
    shared   BIGINT NOT NULL,
    PRIMARY KEY (node, category)
);

CREATE INDEX rate_demands_shared ON rate_demands (shared);
