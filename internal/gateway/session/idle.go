package session

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// A session may end when nobody uses it for some time ([Config.Idle]). Every use is
// compared with the last one in memory. The store learns of a use now and then, so that
// the other nodes know and a restart forgets nothing: no request waits for it.
//
//	use ─▶ seen, in memory ─ each step ─▶ sightings ─ twice a second ─▶ store
//
// So the last use that the store knows of is up to a step old, and a session may end
// that much early at a node that has not seen the person.

// seenAt is the last use of a session that this node knows of, in Unix nanoseconds. The
// copies of a session share it.
type seenAt struct{ atomic.Int64 }

func newSeen(at time.Time) *seenAt {
	s := &seenAt{}
	s.Store(at.UnixNano())
	return s
}

// sightings are uses that the store does not know of yet.
type sightings struct {
	mu  sync.Mutex
	new map[ID]time.Time
}

func (s *sightings) add(id ID, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.new == nil {
		s.new = map[ID]time.Time{}
	}
	if at.After(s.new[id]) {
		s.new[id] = at
	}
}

func (s *sightings) take() map[ID]time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.new
	s.new = nil
	return taken
}

// idleStep is how old the last use in the store may be.
func (m *Manager) idleStep() time.Duration {
	return min(max(m.cfg.Idle/10, time.Second), time.Minute)
}

// use notes that a session is used. The errors are ErrExpired, if it was idle for too
// long, and ErrUnavailable, if only the store could tell.
func (m *Manager) use(ctx context.Context, s *Session, now time.Time) error {
	if m.cfg.Idle <= 0 {
		return nil
	}
	last := s.seen.Load()
	idle := now.Sub(time.Unix(0, last))
	if idle < m.idleStep() {
		return nil
	}
	if idle >= m.cfg.Idle {
		if err := m.usedElsewhere(ctx, s, now); err != nil {
			return err
		}
	}
	if s.seen.CompareAndSwap(last, now.UnixNano()) {
		m.sightings.add(s.ID, now)
	}
	return nil
}

// usedElsewhere asks the store whether a session that is idle here was used at another
// node. If it was not, it ends.
func (m *Manager) usedElsewhere(ctx context.Context, s *Session, now time.Time) error {
	asking, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	r, err := m.cfg.Store.LoadSession(asking, s.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return ErrNotFound
	case err != nil:
		return ErrUnavailable.Because(err)
	case m.idle(r, now):
		return m.end(ctx, s.ID)
	}
	return nil
}

// idle reports whether nobody has used a stored session for too long.
func (m *Manager) idle(r Record, now time.Time) bool {
	return m.cfg.Idle > 0 && now.Sub(r.lastUse()) >= m.cfg.Idle
}

// lastUse returns when the session was used last: at the sign-in at the earliest.
func (r *Record) lastUse() time.Time {
	if r.Seen.After(r.Created) {
		return r.Seen
	}
	return r.Created
}

// tellSeen tells the store of the uses that it does not know of yet. If it does not
// answer, they are told the next time.
func (m *Manager) tellSeen(ctx context.Context) {
	seen := m.sightings.take()
	if len(seen) == 0 {
		return
	}
	if err := m.cfg.Store.SeeSessions(ctx, maps.Clone(seen)); err != nil {
		m.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "uses of sessions not saved yet", slog.Any("error", err))
		for id, at := range seen {
			m.sightings.add(id, at)
		}
	}
}
