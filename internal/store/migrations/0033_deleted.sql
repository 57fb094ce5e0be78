-- Pools and clients that were deleted and whose rows are still being removed. Nobody
-- finds them.

ALTER TABLE pools ADD COLUMN deleted BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE clients ADD COLUMN deleted BOOLEAN NOT NULL DEFAULT FALSE;

CREATE INDEX pools_deleted ON pools (id) WHERE deleted;
CREATE INDEX clients_deleted ON clients (id) WHERE deleted;
