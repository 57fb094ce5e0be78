-- Who made an app client: see userpool.Origin. Clients that registered themselves and
-- that nobody has signed in to are counted, and removed after a while.

ALTER TABLE clients ADD COLUMN origin TEXT NOT NULL DEFAULT '';
CREATE INDEX clients_untried ON clients (pool_id, created) WHERE origin = 'UNTRIED';
