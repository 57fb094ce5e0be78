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
		id, err := t.nextNumber("messages")
		if err != nil {
			return err
		}
		m.ID = id
		_, err = t.exec(`INSERT INTO messages (id, medium, recipient, subject, body, html, pool, username, purpose, sent)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, messageFields(m)...)
		return err
	})
}

// nextNumber increments a counter and returns its new value. The numbers grow
// in the order of the commits, because a transaction that has incremented the
// counter blocks the others until it ends.
func (t *tx) nextNumber(counter string) (n int64, err error) {
	err = t.eachRow(func(row scanner) error { return row.Scan(&n) },
		`INSERT INTO counters (name, value) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`, counter)
	return n, err
}

// Messages implements [message.OutboxStore].
func (s *Store) Messages(ctx context.Context, limit int, before int64) ([]*message.Stored, error) {
	if before == 0 {
		before = 1 << 62
	}
	return load(ctx, s, nil, func(t *tx) ([]*message.Stored, error) {
		return queryAll(t, messageFields, `SELECT id, medium, recipient, subject, body, html, pool, username, purpose, sent
			FROM messages WHERE id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
	})
}

func deleteMessagesBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM messages WHERE id IN
		(SELECT id FROM messages WHERE sent < $1 LIMIT $2)`, before, limit)
}
