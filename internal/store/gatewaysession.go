package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"gatehouse/internal/gateway/session"
)

func gatewaySessionFields(r *session.Record) []any {
	return []any{&r.ID, &r.Issuer, &r.Subject, &r.ProviderSession, &r.Sealed, asTime{&r.Created}, asTime{&r.Expires}, &r.Revision, &r.Changed}
}

func storedSessionFields(r *session.Record) []any {
	return append(gatewaySessionFields(r), asTime{&r.Seen})
}

// CreateSession implements [session.Store]. It takes the row of the marks first:
// a change that is committed later finds the new session.
func (s *Store) CreateSession(ctx context.Context, r session.Record, since session.Mark) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.lockMark(); err != nil {
			return err
		}
		if err := t.missed(&r, since); err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO gateway_sessions (id, issuer, subject, provider_session, sealed, created, expires, revision, changed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, gatewaySessionFields(&r)...); err != nil {
			return err
		}
		return t.endOldest(r.Issuer, r.Subject)
	})
}

// missed applies the changes after since to a new session. The error is
// [session.ErrExpired] if one of them ended it.
func (t *tx) missed(r *session.Record, since session.Mark) error {
	list, err := t.changesOf(r.Origin, since)
	if errors.Is(err, session.ErrTooFarBehind) {
		return session.ErrExpired.Because(err)
	}
	if err != nil {
		return err
	}
	for _, c := range list {
		if !c.Scope.Covers(r.ID, r.Origin) {
			continue
		}
		if c.Ended {
			return session.ErrExpired
		}
		r.Changed = c.Mark
	}
	return nil
}

// endOldest ends the sessions of a person beyond [session.PerPerson].
func (t *tx) endOldest(issuer, subject string) error {
	if issuer == "" || subject == "" {
		return nil // not known to be of one person
	}
	return t.eachRow(func(row scanner) error {
		var oldest session.Scope
		err := row.Scan(&oldest.ID)
		t.tell(oldest, true)
		return err
	}, `SELECT id FROM gateway_sessions WHERE issuer = $1 AND subject = $2
		ORDER BY created DESC, id LIMIT 1000 OFFSET $3`, issuer, subject, session.PerPerson)
}

// LoadSession implements [session.Store].
func (s *Store) LoadSession(ctx context.Context, id session.ID) (session.Record, error) {
	r, err := load(ctx, s, session.ErrNotFound, func(t *tx) (*session.Record, error) {
		return queryOne(t, storedSessionFields, `SELECT id, issuer, subject, provider_session, sealed, created, expires, revision, changed, seen
			FROM gateway_sessions WHERE id = $1`, id)
	})
	if err != nil {
		return session.Record{}, err
	}
	return *r, nil
}

// Sessions implements [session.Store].
func (s *Store) Sessions(ctx context.Context, created time.Time, id session.ID, limit int) ([]session.Record, error) {
	return load(ctx, s, nil, func(t *tx) (list []session.Record, err error) {
		found, err := queryAll(t, storedSessionFields, `SELECT id, issuer, subject, provider_session, sealed, created, expires, revision, changed, seen
			FROM gateway_sessions WHERE (created, id) > ($1, $2) ORDER BY created, id LIMIT $3`, created, id, limit)
		for _, r := range found {
			list = append(list, *r)
		}
		return list, err
	})
}

// PersonSessions implements [session.Store].
func (s *Store) PersonSessions(ctx context.Context, issuer, subject string) ([]session.Record, error) {
	return load(ctx, s, nil, func(t *tx) (list []session.Record, err error) {
		found, err := queryAll(t, gatewaySessionFields, `SELECT id, issuer, subject, provider_session, sealed, created, expires, revision, changed
			FROM gateway_sessions WHERE issuer = $1 AND subject = $2 ORDER BY created, id LIMIT $3`, issuer, subject, session.PerPerson)
		for _, r := range found {
			list = append(list, *r)
		}
		return list, err
	})
}

// UpdateSession implements [session.Store].
func (s *Store) UpdateSession(ctx context.Context, r session.Record) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.exec(`UPDATE gateway_sessions SET sealed = $2, expires = $3, revision = $4
			WHERE id = $1 AND revision = $4 - 1`, r.ID, r.Sealed, r.Expires, r.Revision)
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

// SeeSessions implements [session.Store]. It goes through the rows in the order of their
// ids: two nodes that see the same sessions don't wait for each other in a circle.
func (s *Store) SeeSessions(ctx context.Context, seen map[session.ID]time.Time) error {
	return s.write(ctx, func(t *tx) error {
		for _, id := range slices.Sorted(maps.Keys(seen)) {
			if _, err := t.exec(`UPDATE gateway_sessions SET seen = $2 WHERE id = $1 AND seen < $2`, id, micros(seen[id])); err != nil {
				return err
			}
		}
		return nil
	})
}

// EndSessions implements [session.Store].
func (s *Store) EndSessions(ctx context.Context, scope session.Scope) (int, error) {
	n := 0
	err := s.write(ctx, func(t *tx) (err error) {
		n, err = t.endSessions(scope)
		return err
	})
	return n, err
}

// EndSessionsOnce implements [session.Store].
func (s *Store) EndSessionsOnce(ctx context.Context, scope session.Scope, key string, until time.Time) (int, error) {
	n := 0
	err := s.write(ctx, func(t *tx) (err error) {
		if err := t.spendTicket(key, until); err != nil {
			return err
		}
		n, err = t.endSessions(scope)
		return err
	})
	return n, err
}

func (t *tx) endSessions(scope session.Scope) (int, error) {
	if scope.Empty() {
		return 0, nil // saved, it would read like everyone's
	}
	t.tell(scope, true)
	return t.sessionsIn(scope)
}

func deleteGatewaySessionsBefore(t *tx, now time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM gateway_sessions WHERE id IN
		(SELECT id FROM gateway_sessions WHERE expires < $1 LIMIT $2)`, now, limit)
}
