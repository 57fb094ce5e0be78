package store

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func codeFields(c *credential.Code) []any {
	return []any{&c.Pool, &c.Sub, &c.Purpose, &c.MAC, &c.Attribute, asTime{&c.Sent}, asTime{&c.Expires}, &c.Wrong}
}

// PutCode implements [credential.Store].
func (s *Store) PutCode(ctx context.Context, c *credential.Code) error {
	err := s.write(ctx, func(t *tx) error { return t.putCode(c) })
	return translate(err, errOrphan, user.ErrUserNotFound)
}

func (t *tx) putCode(c *credential.Code) error {
	_, err := t.exec(`INSERT INTO codes (pool_id, sub, purpose, mac, attribute, sent, expires, wrong)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (pool_id, sub, purpose) DO UPDATE SET mac = excluded.mac, attribute = excluded.attribute,
			sent = excluded.sent, expires = excluded.expires, wrong = excluded.wrong`, codeFields(c)...)
	return err
}

// RedeemCode implements [credential.Store].
func (s *Store) RedeemCode(ctx context.Context, pool userpool.PoolID, sub user.Sub, purpose credential.Purpose, check func(*credential.Code) error, change user.Change) (*user.User, error) {
	var u *user.User
	var refused error // the error of check; the code is saved nevertheless
	err := s.write(ctx, func(t *tx) (err error) {
		u, refused = nil, nil
		c, err := t.lockCode(pool, sub, purpose)
		if err != nil {
			return err
		}
		if refused = check(c); refused != nil && c != nil {
			c.Pool, c.Sub, c.Purpose = pool, sub, purpose
			return t.putCode(c)
		}
		if refused != nil {
			return nil
		}
		u, err = t.useCode(pool, sub, purpose, change)
		return err
	})
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	return u, nil
}

// lockCode reads and locks a code. It returns nil if the code does not exist.
func (t *tx) lockCode(pool userpool.PoolID, sub user.Sub, purpose credential.Purpose) (*credential.Code, error) {
	c, err := queryOne(t, codeFields, t.lock(`SELECT pool_id, sub, purpose, mac, attribute, sent, expires, wrong
		FROM codes WHERE pool_id = $1 AND sub = $2 AND purpose = $3`), pool, sub, purpose)
	if errors.Is(err, errNoRow) {
		return nil, nil
	}
	return c, err
}

// useCode deletes the code and changes the user.
func (t *tx) useCode(pool userpool.PoolID, sub user.Sub, purpose credential.Purpose, change user.Change) (*user.User, error) {
	if _, err := t.exec(`DELETE FROM codes
		WHERE pool_id = $1 AND sub = $2 AND purpose = $3`, pool, sub, purpose); err != nil {
		return nil, err
	}
	return t.updateUser(pool, sub, change)
}

func deleteCodesBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM codes WHERE (pool_id, sub, purpose) IN
		(SELECT pool_id, sub, purpose FROM codes WHERE expires < $1 LIMIT $2)`, before, limit)
}
