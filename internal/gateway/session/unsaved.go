package session

import (
	"context"
	"errors"
	"log/slog"
	"sync"
)

// errNotSaved says that the store did not take what the provider answered. The
// answer is in memory.
var errNotSaved = errors.New("the provider's answer is not saved yet")

// unsaved are renewed sessions that the store did not take. A provider may accept a
// refresh token once: without the token that it answered, the next renewal ends the
// session. They are as many as were being renewed when the store went away.
type unsaved struct {
	mu       sync.Mutex
	sessions map[ID]Held
}

func (u *unsaved) put(s Held) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.sessions == nil {
		u.sessions = map[ID]Held{}
	}
	u.sessions[s.ID] = s
}

func (u *unsaved) get(id ID) (Held, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	s, ok := u.sessions[id]
	return s, ok
}

func (u *unsaved) remove(s Held) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.sessions[s.ID].Session == s.Session {
		delete(u.sessions, s.ID)
	}
}

func (u *unsaved) ids() []ID {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := make([]ID, 0, len(u.sessions))
	for id := range u.sessions {
		all = append(all, id)
	}
	return all
}

// keep saves what the provider answered. If the store does not take it, the session
// goes on in memory and is saved later; the error is then errNotSaved. It returns nil
// if the session has ended, or if another node has renewed it since. before is as for
// memory.keep.
func (m *Manager) keep(ctx context.Context, s Held, before int) error {
	err := m.save(context.WithoutCancel(ctx), s)
	if err == nil || gone(err) {
		return nil
	}
	m.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "session renewed but not saved yet", slog.String("session", string(s.ID)), slog.Any("error", err))
	m.unsaved.put(s)
	m.memory.keep(s.Session, before)
	return errNotSaved
}

// gone reports whether the store refuses a session for good: it has ended, or another
// node has renewed it since.
func gone(err error) bool { return errors.Is(err, ErrStale) || errors.Is(err, ErrNotFound) }

// settle saves a session if it is not saved yet.
func (m *Manager) settle(ctx context.Context, id ID) error {
	s, ok := m.unsaved.get(id)
	if !ok {
		return nil
	}
	if err := m.save(ctx, s); err != nil && !gone(err) {
		return err
	}
	m.unsaved.remove(s)
	return nil
}

// settleAll saves what is not saved yet. It stops when the store fails.
func (m *Manager) settleAll(ctx context.Context) {
	for _, id := range m.unsaved.ids() {
		if m.settle(ctx, id) != nil {
			return
		}
	}
}

func (m *Manager) save(ctx context.Context, s Held) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	record, err := encode(m.cfg.Box, s)
	if err != nil {
		return err
	}
	return m.cfg.Store.UpdateSession(ctx, record)
}
