package store

import (
	"bytes"
	"context"
	"errors"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func formerFields(p *user.Password) []any {
	return []any{asTime{&p.Set}, &p.Salt, &p.Form, &p.Name, &p.Sealed}
}

// FormerPasswords implements [credential.Store].
func (s *Store) FormerPasswords(ctx context.Context, pool userpool.PoolID, sub user.Sub, limit int) ([]*user.Password, error) {
	return load(ctx, s, nil, func(t *tx) ([]*user.Password, error) {
		return queryAll(t, formerFields, `SELECT set_at, salt, form, name, sealed FROM password_history
			WHERE pool_id = $1 AND sub = $2 ORDER BY set_at DESC, salt LIMIT $3`, pool, sub, limit)
	})
}

// keepFormer keeps the password that u had before a change, if the change has
// replaced it, and at most keep former passwords in all.
func (t *tx) keepFormer(u *user.User, had *user.Password, keep int) error {
	if had == nil || keep <= 0 || u.Password != nil && bytes.Equal(u.Password.Salt, had.Salt) {
		return nil
	}
	former, err := t.afterFormer(u, *had)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO password_history (pool_id, sub, set_at, salt, form, name, sealed)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`, append([]any{u.Pool, u.Sub}, formerFields(former)...)...)
	if err != nil {
		return err
	}
	_, err = t.exec(`DELETE FROM password_history WHERE pool_id = $1 AND sub = $2 AND (set_at, salt) NOT IN
		(SELECT set_at, salt FROM password_history WHERE pool_id = $1 AND sub = $2 ORDER BY set_at DESC, salt LIMIT $3)`, u.Pool, u.Sub, keep)
	return err
}

// afterFormer returns a former password with a time after those of all others that
// are kept: their order is the one in which the user had them, even if two were
// set at the same time, or the clock went back.
func (t *tx) afterFormer(u *user.User, p user.Password) (*user.Password, error) {
	last, err := queryOne(t, formerFields, `SELECT set_at, salt, form, name, sealed FROM password_history
		WHERE pool_id = $1 AND sub = $2 ORDER BY set_at DESC, salt LIMIT 1`, u.Pool, u.Sub)
	switch {
	case errors.Is(err, errNoRow):
		return &p, nil
	case err != nil:
		return nil, err
	}
	if !p.Set.After(last.Set) {
		p.Set = last.Set.Add(time.Microsecond)
	}
	return &p, nil
}
