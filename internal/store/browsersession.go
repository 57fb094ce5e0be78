package store

import (
	"context"
	"time"

	"gatehouse/internal/directory/token"
)

const browserSessionColumns = `hash, pool_id, sub, provider, id, client_id, active, device, address, auth_time, created, expires`

func browserSessionFields(b *token.BrowserSession) []any {
	return []any{&b.Hash, &b.Pool, &b.Sub, &b.Provider, &b.ID, &b.Client, asTime{&b.Activity.At}, &b.Activity.Device, &b.Activity.Address,
		asTime{&b.AuthTime}, asTime{&b.Created}, asTime{&b.Expires}}
}

// CreateBrowserSession implements [token.BrowserSessionStore].
func (s *Store) CreateBrowserSession(ctx context.Context, b *token.BrowserSession, check token.UserCheck) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.checkUser(b.Pool, b.Sub, check); err != nil {
			return err
		}
		if err := t.makeBrowserRoom(b); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO browser_sessions (`+browserSessionColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, browserSessionFields(b)...)
		if err != nil {
			return err
		}
		_, err = t.exec(`DELETE FROM browser_sessions WHERE hash IN
			(SELECT hash FROM browser_sessions WHERE pool_id = $1 AND sub = $2
				ORDER BY created DESC, hash DESC LIMIT $3 OFFSET $4)`, b.Pool, b.Sub, trimBatch, token.MaxSessions)
		return err
	})
}

// BrowserSession implements [token.BrowserSessionStore].
func (s *Store) BrowserSession(ctx context.Context, hash []byte) (*token.BrowserSession, error) {
	return load(ctx, s, token.ErrSessionUnknown, func(t *tx) (*token.BrowserSession, error) {
		return queryOne(t, browserSessionFields, `SELECT `+browserSessionColumns+`
			FROM browser_sessions WHERE hash = $1`, hash)
	})
}

// DeleteBrowserSession implements [token.BrowserSessionStore].
func (s *Store) DeleteBrowserSession(ctx context.Context, hash []byte) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM browser_sessions WHERE hash = $1`, hash)
		return err
	})
}

func deleteBrowserSessionsBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM browser_sessions WHERE hash IN
		(SELECT hash FROM browser_sessions WHERE expires < $1 LIMIT $2)`, before, limit)
}
