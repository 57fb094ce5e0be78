package store

import (
	"context"

	"gatehouse/internal/directory/userpool"
)

func resourceServerFields(r *userpool.ResourceServer) []any {
	return []any{&r.Pool, &r.Identifier, &r.Name, asJSON{&r.Scopes}, asTime{&r.Created}}
}

// CreateResourceServer implements [userpool.ResourceServerStore].
func (s *Store) CreateResourceServer(ctx context.Context, r *userpool.ResourceServer) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.mayHold(r.Pool, `SELECT 1 WHERE (SELECT COUNT(*) FROM resource_servers WHERE pool_id = $1) >= $2`, userpool.MaxResourceServers); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO resource_servers (pool_id, identifier, name, scopes, created)
			VALUES ($1, $2, $3, $4, $5)`, resourceServerFields(r)...)
		return err
	})
	return translate(err, errDuplicate, userpool.ErrResourceServerExists)
}

// ResourceServer implements [userpool.ResourceServerStore].
func (s *Store) ResourceServer(ctx context.Context, pool userpool.PoolID, identifier string) (*userpool.ResourceServer, error) {
	return load(ctx, s, userpool.ErrResourceServerNotFound, func(t *tx) (*userpool.ResourceServer, error) {
		return queryOne(t, resourceServerFields, `SELECT pool_id, identifier, name, scopes, created
			FROM resource_servers WHERE pool_id = $1 AND identifier = $2`, pool, identifier)
	})
}

// ResourceServers implements [userpool.ResourceServerStore].
func (s *Store) ResourceServers(ctx context.Context, pool userpool.PoolID, after string, limit int) ([]*userpool.ResourceServer, error) {
	return load(ctx, s, nil, func(t *tx) ([]*userpool.ResourceServer, error) {
		return queryAll(t, resourceServerFields, `SELECT pool_id, identifier, name, scopes, created
			FROM resource_servers WHERE pool_id = $1 AND identifier > $2 ORDER BY identifier LIMIT $3`, pool, after, limit)
	})
}

// UpdateResourceServer implements [userpool.ResourceServerStore].
func (s *Store) UpdateResourceServer(ctx context.Context, pool userpool.PoolID, identifier string, change func(*userpool.ResourceServer) error) (*userpool.ResourceServer, error) {
	var r *userpool.ResourceServer
	err := s.write(ctx, func(t *tx) (err error) {
		if r, err = queryOne(t, resourceServerFields, t.lock(`SELECT pool_id, identifier, name, scopes, created
			FROM resource_servers WHERE pool_id = $1 AND identifier = $2`), pool, identifier); err != nil {
			return err
		}
		if err := change(r); err != nil {
			return err
		}
		r.Pool, r.Identifier = pool, identifier
		return t.changeOne(`UPDATE resource_servers SET name = $3, scopes = $4, created = $5
			WHERE pool_id = $1 AND identifier = $2`, resourceServerFields(r)...)
	})
	if err != nil {
		return nil, translate(err, errNoRow, userpool.ErrResourceServerNotFound)
	}
	return r, nil
}

// DeleteResourceServer implements [userpool.ResourceServerStore].
func (s *Store) DeleteResourceServer(ctx context.Context, pool userpool.PoolID, identifier string) error {
	err := s.write(ctx, func(t *tx) error {
		return t.changeOne(`DELETE FROM resource_servers WHERE pool_id = $1 AND identifier = $2`, pool, identifier)
	})
	return translate(err, errNoRow, userpool.ErrResourceServerNotFound)
}
