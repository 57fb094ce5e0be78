package store

import (
	"context"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// AddMember implements [user.GroupStore].
func (s *Store) AddMember(ctx context.Context, pool userpool.PoolID, group string, sub user.Sub, now time.Time) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.requireGroupAndUser(pool, group, sub); err != nil {
			return err
		}
		if _, err := t.lockUser(pool, sub); err != nil { // so that nobody else counts meanwhile
			return err
		}
		n, err := t.exec(`INSERT INTO memberships (pool_id, group_name, sub, created)
			VALUES ($1, $2, $3, $4) ON CONFLICT (pool_id, group_name, sub) DO NOTHING`, pool, group, sub, now)
		if err != nil || n == 0 {
			return err
		}
		many, err := t.exists(`SELECT 1 WHERE (SELECT COUNT(*) FROM memberships WHERE pool_id = $1 AND sub = $2) > $3`, pool, sub, user.MaxGroupsOf)
		if err != nil {
			return err
		}
		if many {
			return user.ErrTooManyGroups
		}
		return t.tellUser(pool, sub, false)
	})
	return translate(err, errOrphan, user.ErrUserNotFound) // deleted since requireGroupAndUser
}

// RemoveMember implements [user.GroupStore].
func (s *Store) RemoveMember(ctx context.Context, pool userpool.PoolID, group string, sub user.Sub) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.requireGroupAndUser(pool, group, sub); err != nil {
			return err
		}
		n, err := t.exec(`DELETE FROM memberships
			WHERE pool_id = $1 AND group_name = $2 AND sub = $3`, pool, group, sub)
		if err != nil || n == 0 {
			return err
		}
		return t.tellUser(pool, sub, false)
	})
}

// requireGroupAndUser returns an error that names what is missing, the group or
// the user. A violated foreign key would not tell which.
func (t *tx) requireGroupAndUser(pool userpool.PoolID, group string, sub user.Sub) error {
	ok, err := t.exists(`SELECT 1 FROM user_groups WHERE pool_id = $1 AND name = $2`, pool, group)
	if err == nil && !ok {
		return user.ErrGroupNotFound
	}
	if err != nil {
		return err
	}
	ok, err = t.exists(`SELECT 1 FROM users WHERE pool_id = $1 AND sub = $2`, pool, sub)
	if err == nil && !ok {
		return user.ErrUserNotFound
	}
	return err
}

// GroupsOf implements [user.GroupStore].
func (s *Store) GroupsOf(ctx context.Context, pool userpool.PoolID, sub user.Sub) ([]*user.Group, error) {
	return load(ctx, s, nil, func(t *tx) ([]*user.Group, error) {
		return queryAll(t, groupFields, groupsOf(`$2`), pool, sub)
	})
}

// groupsOf returns the query for the groups of a user of the pool $1, whose sub is an
// expression.
func groupsOf(sub string) string {
	return `SELECT g.pool_id, g.name, g.description, g.role_arn, g.precedence, g.created, g.modified
		FROM memberships m
		JOIN user_groups g ON g.pool_id = m.pool_id AND g.name = m.group_name
		WHERE m.pool_id = $1 AND m.sub = ` + sub + `
		ORDER BY g.precedence IS NULL, g.precedence, g.name`
}

// Members implements [user.GroupStore].
func (s *Store) Members(ctx context.Context, pool userpool.PoolID, group string, after user.Sub, limit int) ([]*user.User, error) {
	return load(ctx, s, nil, func(t *tx) ([]*user.User, error) {
		return t.users(`SELECT `+userColumns+` FROM memberships m
			JOIN users u ON u.pool_id = m.pool_id AND u.sub = m.sub
			WHERE m.pool_id = $1 AND m.group_name = $2 AND m.sub > $3
			ORDER BY m.sub LIMIT $4`, pool, group, after, limit)
	})
}
