package store

import (
	"context"
	"time"

	"gatehouse/internal/message"
)

func messageFields(m *message.Stored) []any {
	return []any{&m.ID, &m.Medium, &m.To, &m.Subject, &m.Body, &m.HTML, &m.Pool, &m.Username, &m.Purpose, asTime{&m.Sent}}
}

// AddMessage implements [message.OutboxStore].
func (s *Store) AddMessage(ctx context.Context, m *message.Stored) error {
	return s.write(ctx, func(t *tx) error {
		id, err := t.next("messages")
		if err != nil {
			return err
		}
		m.ID = id
		_, err = t.exec(`INSERT INTO messages (id, medium, recipient, subject, body, html, pool, username, purpose, sent)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, messageFields(m)...)
		return err
	})
}

// next returns numbers that count up in the order of commits: who asks for one
// waits until the transaction of the one before has ended.
func (t *tx) next(counter string) (n int64, err error) {
	err = t.each(func(row scanner) error { return row.Scan(&n) },
		`INSERT INTO counters (name, value) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`, counter)
	return n, err
}

// Messages implements [message.OutboxStore].
func (s *Store) Messages(ctx context.Context, limit int, before int64) ([]*message.Stored, error) {
	if before == 0 {
		before = 1 << 62
	}
	return found(ctx, s, nil, func(t *tx) ([]*message.Stored, error) {
		return all(t, messageFields, `SELECT id, medium, recipient, subject, body, html, pool, username, purpose, sent
			FROM messages WHERE id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
	})
}

func messagesBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM messages WHERE id IN
		(SELECT id FROM messages WHERE sent < $1 LIMIT $2)`, before, limit)
}
