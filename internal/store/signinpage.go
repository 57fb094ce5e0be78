package store

import (
	"context"
	"time"

	"gatehouse/internal/relyingparty"
)

// KeepPage implements [relyingparty.PageStore].
func (s *Store) KeepPage(ctx context.Context, key string, sealed []byte, until time.Time, most int) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.exec(`INSERT INTO sign_in_pages (id, sealed, expires) VALUES ($1, $2, $3)`, key, sealed, until); err != nil {
			return err
		}
		_, err := t.exec(`DELETE FROM sign_in_pages WHERE expires <
			(SELECT expires FROM sign_in_pages ORDER BY expires DESC LIMIT 1 OFFSET $1)`, most-1)
		return err
	})
}

// Page implements [relyingparty.PageStore].
func (s *Store) Page(ctx context.Context, key string) ([]byte, error) {
	sealed, err := load(ctx, s, relyingparty.ErrNoPage, func(t *tx) (*[]byte, error) {
		return queryOne(t, func(b *[]byte) []any { return []any{b} }, `SELECT sealed FROM sign_in_pages WHERE id = $1`, key)
	})
	if err != nil {
		return nil, err
	}
	return *sealed, nil
}

func deletePagesBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM sign_in_pages WHERE id IN
		(SELECT id FROM sign_in_pages WHERE expires < $1 LIMIT $2)`, before, limit)
}
