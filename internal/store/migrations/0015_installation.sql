-- Facts of the installation, of which there is one each: the mark of the master
-- keys.

CREATE TABLE installation (
    name  TEXT  NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);
