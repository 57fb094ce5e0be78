package store

import (
	"context"
	"time"

	"gatehouse/internal/directory/token"
)

const browserSessionColumns = `hash, pool_id, sub, provider, id, client_id, active, device, address, proof, auth_time, created, expires`

func browserSessionFields(b *token.BrowserSession) []any {
	return []any{&b.Hash, &b.Pool, &b.Sub, &b.Provider, &b.ID, &b.Client, asTime{&b.Activity.At}, &b.Activity.Device, &b.Activity.Address,
		asJSON{&b.Proof}, asTime{&b.AuthTime}, asTime{&b.Created}, asTime{&b.Expires}}
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
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`, browserSessionFields(b)...)
		if err != nil {
			return err
		}
		_, err = t.exec(`DELETE FROM browser_sessions WHERE hash IN
			(SELECT hash FROM browser_sessions WHERE pool_id = $1 AND sub = $2
				ORDER BY created DESC, hash DESC LIMIT $3 OFFSET $4)`, b.Pool, b.Sub, trimBatch, token.MaxSessions)
		return err
	})
}

// BrowserSessions implements [token.BrowserSessionStore].
func (s *Store) BrowserSessions(ctx context.Context, hashes [][]byte) ([]*token.BrowserSession, error) {
	if len(hashes) == 0 {
		return nil, nil
	}
	list, args := hashList(hashes)
	return load(ctx, s, nil, func(t *tx) ([]*token.BrowserSession, error) {
		return queryAll(t, browserSessionFields, `SELECT `+browserSessionColumns+`
			FROM browser_sessions WHERE hash IN (`+list+`) ORDER BY created, hash`, args...)
	})
}

// DeleteBrowserSessions implements [token.BrowserSessionStore].
func (s *Store) DeleteBrowserSessions(ctx context.Context, hashes [][]byte) error {
	if len(hashes) == 0 {
		return nil
	}
	list, args := hashList(hashes)
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM browser_sessions WHERE hash IN (`+list+`)`, args...)
		return err
	})
}

// hashList returns placeholders for hashes, and their values. The last one is
// repeated up to a power of two, so that a client that sends any number of them
// makes few statements, which are kept.
func hashList(hashes [][]byte) (list string, args []any) {
	for _, h := range hashes {
		args = append(args, h)
	}
	for len(args)&(len(args)-1) != 0 {
		args = append(args, args[len(hashes)-1])
	}
	return placeholders(1, len(args)), args
}

func deleteBrowserSessionsBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM browser_sessions WHERE hash IN
		(SELECT hash FROM browser_sessions WHERE expires < $1 LIMIT $2)`, before, limit)
}
