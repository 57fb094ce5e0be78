package store

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/directory/userpool"
)

// clientColumns are the columns of clientFields, in the table clients c.
const clientColumns = `c.id, c.pool_id, c.name, c.secrets, c.settings, c.created, c.modified, c.origin`

func clientFields(c *userpool.Client) []any {
	return []any{&c.ID, &c.Pool, &c.Name, asJSON{&c.Secrets}, asJSON{&c.Settings}, asTime{&c.Created}, asTime{&c.Modified}, &c.Origin}
}

// knownClientFields is clientFields for a client that nobody changes.
func (s *Store) knownClientFields(c *userpool.Client) []any {
	fields := clientFields(c)
	fields[4] = s.clientSettings.column(&c.Settings)
	return fields
}

// CreateClient implements [userpool.ClientStore].
func (s *Store) CreateClient(ctx context.Context, c *userpool.Client) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.mayHold(c.Pool, `SELECT 1 WHERE (SELECT COUNT(*) FROM clients WHERE pool_id = $1 AND NOT deleted) >= $2`, userpool.MaxClients); err != nil {
			return err
		}
		if err := t.mayRegister(c); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO clients (id, pool_id, name, secrets, settings, created, modified, origin)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, clientFields(c)...)
		if err != nil {
			return err
		}
		return t.offer(c, nil)
	})
	return translate(err, errDuplicate, userpool.ErrClientExists)
}

// mayRegister returns an error if the pool has as many clients that anybody may have
// registered as it may have. The pool is locked.
func (t *tx) mayRegister(c *userpool.Client) error {
	if c.Origin != userpool.Untried {
		return nil
	}
	full, err := t.exists(`SELECT 1 WHERE (SELECT COUNT(*) FROM clients WHERE pool_id = $1 AND origin IN ('UNTRIED', 'OPEN') AND NOT deleted) >= $2`, c.Pool, userpool.MaxOpen)
	if err == nil && full {
		err = userpool.ErrTooManyUntried
	}
	return err
}

// deleteUntriedBefore deletes clients that registered themselves before a time and
// that nobody has signed in to.
func deleteUntriedBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM clients WHERE origin = 'UNTRIED' AND id IN
		(SELECT id FROM clients WHERE origin = 'UNTRIED' AND created < $1 LIMIT $2)`, before, limit)
}

// Client implements [userpool.ClientStore].
func (s *Store) Client(ctx context.Context, id userpool.ClientID) (*userpool.Client, error) {
	return load(ctx, s, userpool.ErrClientNotFound, func(t *tx) (*userpool.Client, error) {
		return queryOne(t, s.knownClientFields, `SELECT `+clientColumns+`
			FROM clients c WHERE c.id = $1 AND NOT c.deleted`, id)
	})
}

// ClientAndPool implements [userpool.ClientStore].
func (s *Store) ClientAndPool(ctx context.Context, id userpool.ClientID) (*userpool.Client, *userpool.Pool, error) {
	type both struct {
		client userpool.Client
		pool   userpool.Pool
	}
	fields := func(b *both) []any { return append(s.knownClientFields(&b.client), s.knownPoolFields(&b.pool)...) }
	b, err := loadAtOnce(ctx, s, userpool.ErrClientNotFound, func(t *tx) (*both, error) {
		return queryOne(t, fields, `SELECT `+clientColumns+`, p.*
			FROM clients c JOIN (SELECT `+poolColumns+` FROM pools WHERE `+visible+`) p ON p.id = c.pool_id
			WHERE c.id = $1 AND NOT c.deleted`, id)
	})
	if err != nil {
		return nil, nil, err
	}
	return &b.client, &b.pool, nil
}

// Clients implements [userpool.ClientStore].
func (s *Store) Clients(ctx context.Context, pool userpool.PoolID, after userpool.ClientID, limit int) ([]*userpool.Client, error) {
	return load(ctx, s, nil, func(t *tx) ([]*userpool.Client, error) {
		return queryAll(t, clientFields, `SELECT `+clientColumns+`
			FROM clients c WHERE c.pool_id = $1 AND c.id > $2 AND NOT c.deleted ORDER BY c.id LIMIT $3`, pool, after, limit)
	})
}

// UpdateClient implements [userpool.ClientStore].
func (s *Store) UpdateClient(ctx context.Context, pool userpool.PoolID, id userpool.ClientID, change func(*userpool.Client) error) (*userpool.Client, error) {
	var c *userpool.Client
	err := s.write(ctx, func(t *tx) (err error) {
		if c, err = queryOne(t, clientFields, t.lock(`SELECT `+clientColumns+`
			FROM clients c WHERE c.id = $1 AND c.pool_id = $2 AND NOT c.deleted`), id, pool); err != nil {
			return err
		}
		before := slices.Clone(c.Settings.Providers)
		if err := change(c); err != nil {
			return err
		}
		c.ID, c.Pool = id, pool
		if err := t.offer(c, before); err != nil {
			return err
		}
		return t.changeOne(`UPDATE clients SET name = $3, secrets = $4, settings = $5, created = $6, modified = $7, origin = $8
			WHERE id = $1 AND pool_id = $2`, clientFields(c)...)
	})
	if err != nil {
		return nil, translate(err, errNoRow, userpool.ErrClientNotFound)
	}
	return c, nil
}

// DeleteClient implements [userpool.ClientStore].
func (s *Store) DeleteClient(ctx context.Context, pool userpool.PoolID, id userpool.ClientID) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.markClient(pool, id); err != nil {
			return err
		}
		return t.tellPool(pool, false)
	})
	if err == nil {
		s.removeSoon(ctx, clientRemoval, string(id))
	}
	return translate(err, errNoRow, userpool.ErrClientNotFound)
}

// offer saves which providers a client offers, so that none of them can be
// deleted. before is what it offered.
func (t *tx) offer(c *userpool.Client, before []string) error {
	foreign := func(list []string) []string {
		list = slices.DeleteFunc(slices.Clone(list), func(p string) bool { return p == userpool.ProviderCognito })
		slices.Sort(list)
		return slices.Compact(list)
	}
	was, is := foreign(before), foreign(c.Settings.Providers)
	if slices.Equal(was, is) {
		return nil
	}
	if _, err := t.exec(`DELETE FROM client_providers WHERE client_id = $1`, c.ID); err != nil {
		return err
	}
	for _, provider := range is {
		_, err := t.exec(`INSERT INTO client_providers (pool_id, provider, client_id) VALUES ($1, $2, $3)`, c.Pool, provider, c.ID)
		if err != nil {
			return translate(err, errOrphan, userpool.ErrProviderNotFound)
		}
	}
	return nil
}
