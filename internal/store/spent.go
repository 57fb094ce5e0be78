package store

import (
	"context"
	"time"

	"gatehouse/internal/directory/signin"
	"gatehouse/internal/gateway/session"
)

// Spend implements [signin.SpentStore].
func (s *Store) Spend(ctx context.Context, id string, until time.Time) error {
	return s.write(ctx, func(t *tx) error { return t.spend(signInKey(id), until, signin.ErrSessionUsed) })
}

// signInKey tells what a sign-in uses up from the tickets of the gateway.
func signInKey(id string) string { return "signin:" + id }

// SpendTicket implements [session.Store].
func (s *Store) SpendTicket(ctx context.Context, key string, until time.Time) error {
	return s.write(ctx, func(t *tx) error { return t.spendTicket(key, until) })
}

// KeepSpent implements [relyingparty.Attempts].Store.
func (s *Store) KeepSpent(ctx context.Context, prefix string, most int) error {
	return s.write(ctx, func(t *tx) error {
		prefix := "ticket:" + prefix
		_, err := t.exec(`DELETE FROM spent WHERE substr(id, 1, $1) = $2 AND expires <
			(SELECT expires FROM spent WHERE substr(id, 1, $1) = $2 ORDER BY expires DESC LIMIT 1 OFFSET $3)`, len(prefix), prefix, most-1)
		return err
	})
}

func (t *tx) spendTicket(key string, until time.Time) error {
	return t.spend("ticket:"+key, until, session.ErrSpent)
}

// spend stores id until the time. It returns the error spent if id is stored
// already, even if its time has passed.
func (t *tx) spend(id string, until time.Time, spent error) error {
	n, err := t.exec(`INSERT INTO spent (id, expires) VALUES ($1, $2)
		ON CONFLICT (id) DO NOTHING`, id, until)
	if err == nil && n == 0 {
		return spent
	}
	return err
}

func deleteSpentBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM spent WHERE id IN
		(SELECT id FROM spent WHERE expires < $1 LIMIT $2)`, before, limit)
}
