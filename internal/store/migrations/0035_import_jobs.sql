-- The imports of users from files, the files until they are done, and what became of
-- each line.

CREATE TABLE import_jobs (
    id         TEXT   NOT NULL PRIMARY KEY,
    pool_id    TEXT   NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    logs_role  TEXT   NOT NULL,
    status     TEXT   NOT NULL,
    message    TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    started    BIGINT NOT NULL,
    completed  BIGINT NOT NULL,
    imported   BIGINT NOT NULL,
    skipped    BIGINT NOT NULL,
    failed     BIGINT NOT NULL,
    file       TEXT   NOT NULL,
    size       BIGINT NOT NULL,
    lines      BIGINT NOT NULL,
    place      BIGINT NOT NULL,
    holder     TEXT   NOT NULL,
    held_until BIGINT NOT NULL
);

CREATE INDEX import_jobs_pool ON import_jobs (pool_id, created, id);
CREATE INDEX import_jobs_active ON import_jobs (started) WHERE status IN ('Pending', 'InProgress', 'Stopping');

CREATE TABLE import_chunks (
    file   TEXT   NOT NULL,
    number BIGINT NOT NULL,
    job_id TEXT   NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
    added  BIGINT NOT NULL,
    data   BYTEA  NOT NULL,
    PRIMARY KEY (file, number)
);

CREATE INDEX import_chunks_job ON import_chunks (job_id);
CREATE INDEX import_chunks_added ON import_chunks (added);

-- The text is about the lines up to this one, from the one after the row before.
CREATE TABLE import_reports (
    job_id TEXT   NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
    line   BIGINT NOT NULL,
    added  BIGINT NOT NULL,
    text   TEXT   NOT NULL,
    PRIMARY KEY (job_id, line)
);

CREATE INDEX import_reports_added ON import_reports (added);
