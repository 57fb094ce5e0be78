package store

import (
	"context"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

const eventColumns = `pool_id, sub, created, id, event`

func eventFields(x *risk.Event) []any {
	return []any{&x.Pool, &x.Sub, asTime{&x.Created}, &x.ID, asJSON{x}}
}

// PutEvent implements [risk.EventStore].
func (s *Store) PutEvent(ctx context.Context, x *risk.Event) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.putEvent(x); err != nil {
			return err
		}
		return t.trimEvents(x)
	})
	return translate(err, errOrphan, user.ErrUserNotFound)
}

// putEvent inserts an event, or replaces an older state of it.
func (t *tx) putEvent(x *risk.Event) error {
	_, err := t.exec(`INSERT INTO auth_events (`+eventColumns+`, known) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (pool_id, sub, created, id) DO UPDATE SET event = excluded.event, known = excluded.known`,
		append(eventFields(x), x.Known())...)
	return err
}

// trimEvents deletes the events of a user of which there are too many: those that
// are known, if x is, or else the others.
func (t *tx) trimEvents(x *risk.Event) error {
	many, err := t.exists(`SELECT 1 FROM auth_events WHERE pool_id = $1 AND sub = $2 AND known = $3 LIMIT 1 OFFSET $4`,
		x.Pool, x.Sub, x.Known(), risk.KeptEvents)
	if err != nil || !many {
		return err
	}
	_, err = t.exec(`DELETE FROM auth_events WHERE (pool_id, sub, created, id) IN
		(SELECT pool_id, sub, created, id FROM auth_events WHERE pool_id = $1 AND sub = $2 AND known = $3
			ORDER BY created DESC, id DESC LIMIT $4 OFFSET $5)`, x.Pool, x.Sub, x.Known(), trimBatch, risk.KeptEvents)
	return err
}

// PretendEvent implements [risk.EventStore]. It writes and commits a row that nobody
// sees: a flood of names that no user has must not fill the disk.
func (s *Store) PretendEvent(ctx context.Context, now time.Time) error {
	id := "event:" + ids.UUID()
	return s.write(ctx, func(t *tx) error {
		if err := t.spend(id, now, signin.ErrSessionUsed); err != nil {
			return err
		}
		return t.changeOne(`DELETE FROM spent WHERE id = $1`, id)
	})
}

// Events implements [risk.EventStore].
func (s *Store) Events(ctx context.Context, pool userpool.PoolID, sub user.Sub, before *risk.EventKey, limit int) ([]*risk.Event, error) {
	return load(ctx, s, nil, func(t *tx) ([]*risk.Event, error) {
		if before == nil {
			return queryAll(t, eventFields, `SELECT `+eventColumns+` FROM auth_events
				WHERE pool_id = $1 AND sub = $2 ORDER BY created DESC, id DESC LIMIT $3`, pool, sub, limit)
		}
		return queryAll(t, eventFields, `SELECT `+eventColumns+` FROM auth_events
			WHERE pool_id = $1 AND sub = $2 AND (created, id) < ($3, $4) ORDER BY created DESC, id DESC LIMIT $5`,
			pool, sub, before.Created, before.ID, limit)
	})
}

// KnownEvents implements [risk.EventStore].
func (s *Store) KnownEvents(ctx context.Context, pool userpool.PoolID, sub user.Sub, limit int) ([]*risk.Event, error) {
	return load(ctx, s, nil, func(t *tx) ([]*risk.Event, error) {
		return queryAll(t, eventFields, `SELECT `+eventColumns+` FROM auth_events
			WHERE pool_id = $1 AND sub = $2 AND known = $3 ORDER BY created DESC, id DESC LIMIT $4`, pool, sub, true, limit)
	})
}

// UpdateEvent implements [risk.EventStore].
func (s *Store) UpdateEvent(ctx context.Context, pool userpool.PoolID, sub user.Sub, id string, change func(*risk.Event) error) (*risk.Event, error) {
	var x *risk.Event
	err := s.write(ctx, func(t *tx) (err error) {
		x, err = queryOne(t, eventFields, t.lock(`SELECT `+eventColumns+` FROM auth_events
			WHERE pool_id = $1 AND sub = $2 AND id = $3`), pool, sub, id)
		if err != nil {
			return err
		}
		if err := change(x); err != nil {
			return err
		}
		return t.putEvent(x)
	})
	return x, translate(err, errNoRow, risk.ErrEventNotFound)
}

func deleteEventsBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM auth_events WHERE (pool_id, sub, created, id) IN
		(SELECT pool_id, sub, created, id FROM auth_events WHERE created < $1 LIMIT $2)`, before, limit)
}
