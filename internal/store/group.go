package store

import (
	"context"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func groupFields(g *user.Group) []any {
	return []any{&g.Pool, &g.Name, &g.Description, &g.RoleARN, &g.Precedence, asTime{&g.Created}, asTime{&g.Modified}}
}

// CreateGroup implements [user.GroupStore].
func (s *Store) CreateGroup(ctx context.Context, g *user.Group) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.mayHold(g.Pool, `SELECT 1 WHERE (SELECT COUNT(*) FROM user_groups WHERE pool_id = $1) >= $2`, user.MaxGroups); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO user_groups (pool_id, name, description, role_arn, precedence, created, modified)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, groupFields(g)...)
		return err
	})
	return translate(err, errDuplicate, user.ErrGroupExists)
}

// Group implements [user.GroupStore].
func (s *Store) Group(ctx context.Context, pool userpool.PoolID, name string) (*user.Group, error) {
	return load(ctx, s, user.ErrGroupNotFound, func(t *tx) (*user.Group, error) {
		return queryOne(t, groupFields, `SELECT pool_id, name, description, role_arn, precedence, created, modified
			FROM user_groups WHERE pool_id = $1 AND name = $2`, pool, name)
	})
}

// Groups implements [user.GroupStore].
func (s *Store) Groups(ctx context.Context, pool userpool.PoolID, after string, limit int) ([]*user.Group, error) {
	return load(ctx, s, nil, func(t *tx) ([]*user.Group, error) {
		return queryAll(t, groupFields, `SELECT pool_id, name, description, role_arn, precedence, created, modified
			FROM user_groups WHERE pool_id = $1 AND name > $2 ORDER BY name LIMIT $3`, pool, after, limit)
	})
}

// UpdateGroup implements [user.GroupStore].
func (s *Store) UpdateGroup(ctx context.Context, pool userpool.PoolID, name string, change func(*user.Group) error) (*user.Group, error) {
	var g *user.Group
	err := s.write(ctx, func(t *tx) (err error) {
		if g, err = queryOne(t, groupFields, t.lock(`SELECT pool_id, name, description, role_arn, precedence, created, modified
			FROM user_groups WHERE pool_id = $1 AND name = $2`), pool, name); err != nil {
			return err
		}
		if err := change(g); err != nil {
			return err
		}
		g.Pool, g.Name = pool, name
		if err := t.changeOne(`UPDATE user_groups SET description = $3, role_arn = $4, precedence = $5, created = $6, modified = $7
			WHERE pool_id = $1 AND name = $2`, groupFields(g)...); err != nil {
			return err
		}
		return t.tellPool(pool, false)
	})
	if err != nil {
		return nil, translate(err, errNoRow, user.ErrGroupNotFound)
	}
	return g, nil
}

// DeleteGroup implements [user.GroupStore].
func (s *Store) DeleteGroup(ctx context.Context, pool userpool.PoolID, name string) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.changeOne(`DELETE FROM user_groups WHERE pool_id = $1 AND name = $2`, pool, name); err != nil {
			return err
		}
		return t.tellPool(pool, false)
	})
	return translate(err, errNoRow, user.ErrGroupNotFound)
}
