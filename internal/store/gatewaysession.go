package store

import (
	"context"
	"time"

	"gatehouse/internal/gateway/session"
)

func gatewaySessionFields(r *session.Record) []any {
	return []any{&r.ID, &r.Person, &r.Sealed, asTime{&r.Expires}, &r.Revision}
}

// CreateSession implements [session.Store].
func (s *Store) CreateSession(ctx context.Context, r session.Record) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO gateway_sessions (id, person, sealed, expires, revision)
			VALUES ($1, $2, $3, $4, $5)`, gatewaySessionFields(&r)...)
		return err
	})
}

// LoadSession implements [session.Store].
func (s *Store) LoadSession(ctx context.Context, id session.ID) (session.Record, error) {
	r, err := load(ctx, s, session.ErrNotFound, func(t *tx) (*session.Record, error) {
		return queryOne(t, gatewaySessionFields, `SELECT id, person, sealed, expires, revision
			FROM gateway_sessions WHERE id = $1`, id)
	})
	if err != nil {
		return session.Record{}, err
	}
	return *r, nil
}

// UpdateSession implements [session.Store].
func (s *Store) UpdateSession(ctx context.Context, r session.Record) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.exec(`UPDATE gateway_sessions SET person = $2, sealed = $3, expires = $4, revision = $5
			WHERE id = $1 AND revision = $5 - 1`, gatewaySessionFields(&r)...)
		if err != nil || n > 0 {
			return err
		}
		there, err := t.exists(`SELECT 1 FROM gateway_sessions WHERE id = $1`, r.ID)
		if err == nil && there {
			return session.ErrStale
		}
		if err != nil {
			return err
		}
		return session.ErrNotFound
	})
}

// DeleteSession implements [session.Store].
func (s *Store) DeleteSession(ctx context.Context, id session.ID) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM gateway_sessions WHERE id = $1`, id)
		return err
	})
}

// DeleteSessionsOf implements [session.Store].
func (s *Store) DeleteSessionsOf(ctx context.Context, person string) ([]session.ID, error) {
	var ids []session.ID
	err := s.write(ctx, func(t *tx) error {
		ids = nil
		return t.eachRow(func(row scanner) error {
			var id session.ID
			err := row.Scan(&id)
			ids = append(ids, id)
			return err
		}, `DELETE FROM gateway_sessions WHERE person = $1 RETURNING id`, person)
	})
	return ids, err
}

// DeleteExpiredSessions implements [session.Store].
func (s *Store) DeleteExpiredSessions(ctx context.Context, now time.Time, limit int) (int, error) {
	return s.deleteBatches(ctx, now, limit, deleteGatewaySessionsBefore, deleteSpentBefore)
}

func deleteGatewaySessionsBefore(t *tx, now time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM gateway_sessions WHERE id IN
		(SELECT id FROM gateway_sessions WHERE expires < $1 LIMIT $2)`, now, limit)
}
