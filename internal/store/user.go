package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"maps"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

const userColumns = `u.pool_id, u.sub, u.username, u.status, u.enabled, u.attributes,
	u.has_password, u.password_form, u.password_name, u.password_salt, u.password_sealed, u.password_set, u.password_expires,
	u.security, u.created, u.modified`

// userRow is a row of the table users. A row without a password has
// hasPassword = false.
type userRow struct {
	user.User
	hasPassword bool
	password    user.Password
}

func userFields(r *userRow) []any {
	return []any{&r.Pool, &r.Sub, &r.Username, &r.Status, &r.Enabled, asAttributes{&r.Attributes},
		&r.hasPassword, &r.password.Form, &r.password.Name, &r.password.Salt, &r.password.Sealed, asTime{&r.password.Set}, asTime{&r.password.Expires},
		asSecurity{&r.Security}, asTime{&r.Created}, asTime{&r.Modified}}
}

// asSecurity is asJSON for the document of a user. Most users have an empty one,
// which is not decoded.
type asSecurity struct{ s *user.Security }

// Value implements [driver.Valuer].
func (a asSecurity) Value() (driver.Value, error) { return asJSON{a.s}.Value() }

// Scan implements [sql.Scanner].
func (a asSecurity) Scan(src any) error {
	*a.s = user.Security{}
	if src == "{}" {
		return nil
	}
	return asJSON{a.s}.Scan(src)
}

func newUserRow(u *user.User) *userRow {
	r := &userRow{User: *u}
	if u.Password != nil {
		r.hasPassword, r.password = true, *u.Password
	}
	return r
}

// users runs a query for userColumns and returns all users.
func (t *tx) users(query string, args ...any) ([]*user.User, error) {
	rows, err := queryAll(t, userFields, query, args...)
	if err != nil {
		return nil, err
	}
	users := make([]*user.User, len(rows))
	for i, r := range rows {
		users[i] = r.user()
	}
	return users, nil
}

func (r *userRow) user() *user.User {
	if r.hasPassword {
		r.User.Password = &r.password
	}
	return &r.User
}

// user runs a query for userColumns and returns the first user, or errNoRow.
func (t *tx) user(query string, args ...any) (*user.User, error) {
	users, err := t.users(query, args...)
	if err == nil && len(users) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, err
	}
	return users[0], nil
}

// CreateUser implements [user.UserStore].
func (s *Store) CreateUser(ctx context.Context, u *user.User, takeAliases bool) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.insertUser(u); err != nil {
			return err
		}
		if err := t.addNames(u, u.Keys, takeAliases); err != nil {
			return err
		}
		return t.addSearch(u, u.Search)
	})
	return translate(err, errOrphan, userpool.ErrPoolNotFound)
}

// insertUser adds the row of a user, without its names.
func (t *tx) insertUser(u *user.User) error {
	_, err := t.exec(`INSERT INTO users (`+userValues.columns+`pool_id, sub, username, status, enabled, attributes,
			has_password, password_form, password_name, password_salt, password_sealed, password_set, password_expires,
			security, created, modified)
		VALUES `+userValues.rows(1, 16), userFields(newUserRow(u))...)
	return translate(err, errDuplicate, user.ErrUsernameExists) // the sub exists
}

// User implements [user.UserStore].
func (s *Store) User(ctx context.Context, pool userpool.PoolID, sub user.Sub) (*user.User, error) {
	return load(ctx, s, user.ErrUserNotFound, func(t *tx) (*user.User, error) {
		return t.user(`SELECT `+userColumns+` FROM users u
			WHERE u.pool_id = $1 AND u.sub = $2`, pool, sub)
	})
}

// UserByKey implements [user.UserStore].
func (s *Store) UserByKey(ctx context.Context, pool userpool.PoolID, key string) (*user.User, error) {
	return load(ctx, s, user.ErrUserNotFound, func(t *tx) (*user.User, error) {
		return t.user(`SELECT `+userColumns+` FROM users u
			WHERE u.pool = `+poolNumber+` AND u.id = `+numberOfKey, pool, key)
	})
}

// UpdateUser implements [user.UserStore].
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

// DeleteUser implements [user.UserStore]. The foreign keys delete all rows of
// the user.
func (s *Store) DeleteUser(ctx context.Context, pool userpool.PoolID, sub user.Sub) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.changeOne(`DELETE FROM users WHERE pool_id = $1 AND sub = $2`, pool, sub); err != nil {
			return err
		}
		return t.tellUser(pool, sub, true)
	})
	return translate(err, errNoRow, user.ErrUserNotFound)
}

// updateUser loads the user with its Keys and Search, applies the change, and
// saves the differences.
func (t *tx) updateUser(pool userpool.PoolID, sub user.Sub, change user.Change) (*user.User, error) {
	if err := t.endCodes(pool, sub, change.Ends); err != nil {
		return nil, err
	}
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
	before := user.User{Enabled: u.Enabled, Status: u.Status, Attributes: maps.Clone(u.Attributes), Password: u.Password}
	if err := change.Apply(u); err != nil {
		return nil, err
	}
	u.Pool, u.Sub = pool, sub
	if err := t.saveUser(u); err != nil {
		return nil, err
	}
	if err := t.keepFormer(u, before.Password, change.KeepPasswords); err != nil {
		return nil, err
	}
	if err := t.changeNames(u, names, change.TakeAliases); err != nil {
		return nil, err
	}
	if err := t.changeSearch(u, search); err != nil {
		return nil, err
	}
	if err := t.end(u, change.Ends); err != nil {
		return nil, err
	}
	return u, t.tellUpdate(&before, u, change.Ends)
}

func (t *tx) lockUser(pool userpool.PoolID, sub user.Sub) (*user.User, error) {
	u, err := t.user(t.lock(`SELECT `+userColumns+` FROM users u
		WHERE u.pool_id = $1 AND u.sub = $2`), pool, sub)
	if errors.Is(err, errNoRow) {
		return nil, user.ErrUserNotFound
	}
	return u, err
}

func (t *tx) saveUser(u *user.User) error {
	return t.changeOne(`UPDATE users SET username = $3, status = $4, enabled = $5, attributes = $6,
			has_password = $7, password_form = $8, password_name = $9, password_salt = $10, password_sealed = $11, password_set = $12, password_expires = $13,
			security = $14, created = $15, modified = $16
		WHERE pool_id = $1 AND sub = $2`, userFields(newUserRow(u))...)
}
