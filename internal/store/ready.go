package store

import (
	"context"
	"errors"
	"time"
)

// Ready returns nil if the database answers and saves. It writes only if the last
// write failed: a database that refused one may refuse all, such as one on a disk
// that is full, or a server that has become a standby.
func (s *Store) Ready(ctx context.Context) error {
	if err := errors.Join(s.Ping(ctx), s.engine.intact()); err != nil {
		return err
	}
	if !s.refused.Load() {
		return nil
	}
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO installation (name, value) VALUES ('last_try', $1)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, []byte(time.Now().UTC().Format(time.RFC3339Nano)))
		return err
	})
}

// noteWrite remembers whether the database refused the last write. An error of
// another kind says nothing about that.
func (s *Store) noteWrite(err error) {
	switch {
	case err == nil:
		s.refused.Store(false)
	case errors.Is(err, ErrUnavailable) && !errors.Is(err, errCrowd):
		s.refused.Store(true)
	}
}
