package store

import (
	"context"
	"errors"
	"maps"

	"gatehouse/internal/user"
	"gatehouse/internal/userpool"
)

const userColumns = `u.pool_id, u.sub, u.username, u.status, u.enabled, u.attributes,
	u.password, u.signed_out, u.created, u.modified`

func userFields(u *user.User) []any {
	return []any{&u.Pool, &u.Sub, &u.Username, &u.Status, &u.Enabled, asJSON{&u.Attributes},
		asJSON{&u.Password}, asTime{&u.SignedOut}, asTime{&u.Created}, asTime{&u.Modified}}
}

// CreateUser implements [user.Store].
func (s *Store) CreateUser(ctx context.Context, u *user.User, takeAliases bool) error {
	err := s.write(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO users (pool_id, sub, username, status, enabled, attributes,
				password, signed_out, created, modified)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, userFields(u)...)
		if err != nil {
			return instead(err, errDuplicate, user.ErrUsernameExists) // the sub
		}
		if err := t.addNames(u, u.Keys, takeAliases); err != nil {
			return err
		}
		return t.addSearch(u, u.Search)
	})
	return instead(err, errOrphan, userpool.ErrPoolNotFound)
}

// User implements [user.Store].
func (s *Store) User(ctx context.Context, pool userpool.PoolID, sub user.Sub) (*user.User, error) {
	return found(ctx, s, user.ErrUserNotFound, func(t *tx) (*user.User, error) {
		return one(t, userFields, `SELECT `+userColumns+` FROM users u
			WHERE u.pool_id = $1 AND u.sub = $2`, pool, sub)
	})
}

// UserByKey implements [user.Store].
func (s *Store) UserByKey(ctx context.Context, pool userpool.PoolID, key string) (*user.User, error) {
	return found(ctx, s, user.ErrUserNotFound, func(t *tx) (*user.User, error) {
		return one(t, userFields, `SELECT `+userColumns+` FROM users u
			WHERE u.pool_id = $1 AND u.sub =
				COALESCE((SELECT n.sub FROM login_names n WHERE n.pool_id = $1 AND n.name = $2), $2)`, pool, key)
	})
}

// UpdateUser implements [user.Store].
func (s *Store) UpdateUser(ctx context.Context, pool userpool.PoolID, sub user.Sub, change user.Change) (*user.User, error) {
	var u *user.User
	err := s.write(ctx, func(t *tx) (err error) {
		u, err = t.updateUser(pool, sub, change)
		return err
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// DeleteUser implements [user.Store]. What belongs to the user goes away by
// its foreign keys.
func (s *Store) DeleteUser(ctx context.Context, pool userpool.PoolID, sub user.Sub) error {
	err := s.write(ctx, func(t *tx) error {
		return t.change(`DELETE FROM users WHERE pool_id = $1 AND sub = $2`, pool, sub)
	})
	return instead(err, errNone, user.ErrUserNotFound)
}

// updateUser loads the user with its Keys and Search, applies the change, and
// saves what differs.
func (t *tx) updateUser(pool userpool.PoolID, sub user.Sub, change user.Change) (*user.User, error) {
	u, err := t.lockUser(pool, sub)
	if err != nil {
		return nil, err
	}
	names, err := t.namesOf(pool, sub)
	if err != nil {
		return nil, err
	}
	search, err := t.searchOf(pool, sub)
	if err != nil {
		return nil, err
	}
	u.Keys, u.Search = names, maps.Clone(search)
	if err := change.Apply(u); err != nil {
		return nil, err
	}
	u.Pool, u.Sub = pool, sub
	if err := t.saveUser(u); err != nil {
		return nil, err
	}
	if err := t.changeNames(u, names, change.TakeAliases); err != nil {
		return nil, err
	}
	return u, t.changeSearch(u, search)
}

func (t *tx) lockUser(pool userpool.PoolID, sub user.Sub) (*user.User, error) {
	u, err := one(t, userFields, t.lock(`SELECT `+userColumns+` FROM users u
		WHERE u.pool_id = $1 AND u.sub = $2`), pool, sub)
	if errors.Is(err, errNone) {
		return nil, user.ErrUserNotFound
	}
	return u, err
}

func (t *tx) saveUser(u *user.User) error {
	return t.change(`UPDATE users SET username = $3, status = $4, enabled = $5, attributes = $6,
			password = $7, signed_out = $8, created = $9, modified = $10
		WHERE pool_id = $1 AND sub = $2`, userFields(u)...)
}
