-- The algorithm of the password hashes in the file of an import job: see
-- userimport.Hashing. '': the file has none.

ALTER TABLE import_jobs ADD COLUMN hashing TEXT NOT NULL DEFAULT '';
