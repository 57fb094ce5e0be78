package session

import (
	"context"
	"reflect"
	"sync"
	"time"
)

// attendEvery is how often the sessions of open connections are looked at: a
// connection sends no request that would renew its session, or end it.
const attendEvery = time.Minute

// attendees are the connections that end with their session.
type attendees struct {
	mu   sync.Mutex
	open map[*attendee]struct{}
}

type attendee struct {
	session *Session
	end     func()
}

// Attend calls end, once or more often, as soon as s ends or its identity is
// another: a connection that was decided about with the old identity must be
// decided about again. The caller calls leave when the connection is over.
func (m *Manager) Attend(ctx context.Context, s *Session, end func()) (leave func()) {
	a := &attendee{session: s, end: end}
	m.attendees.mu.Lock()
	if m.attendees.open == nil {
		m.attendees.open = map[*attendee]struct{}{}
	}
	m.attendees.open[a] = struct{}{}
	m.attendees.mu.Unlock()
	m.attend(ctx, a) // it may have ended before
	return func() {
		m.attendees.mu.Lock()
		defer m.attendees.mu.Unlock()
		delete(m.attendees.open, a)
	}
}

// attend ends a connection whose session has ended, has another identity, or comes
// from a provider that was taken away.
func (m *Manager) attend(ctx context.Context, a *attendee) {
	s, err := m.Lookup(ctx, a.session.ID)
	if err != nil || !reflect.DeepEqual(s.Identity, a.session.Identity) || !m.stands(s) {
		a.end()
	}
}

func (m *Manager) stands(s *Session) bool { return m.cfg.Stands == nil || m.cfg.Stands(s) }

// list returns the connections whose session is covered.
func (as *attendees) list(covers func(*Session) bool) []*attendee {
	as.mu.Lock()
	defer as.mu.Unlock()
	var all []*attendee
	for a := range as.open {
		if covers(a.session) {
			all = append(all, a)
		}
	}
	return all
}

// attendAll looks at the sessions of the open connections that are covered.
func (m *Manager) attendAll(ctx context.Context, covers func(*Session) bool) {
	for _, a := range m.attendees.list(covers) {
		m.attend(ctx, a)
	}
}

// attendOften looks at the sessions of all open connections until ctx ends.
func (m *Manager) attendOften(ctx context.Context) {
	tick := time.NewTicker(attendEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			m.attendAll(ctx, func(*Session) bool { return true })
		}
	}
}

// tell makes the memory and the open connections follow changes.
func (m *Manager) tell(changes ...Change) {
	m.memory.forget(changes...)
	concerned := newCovering(changes)
	if len(m.attendees.list(concerned.covers)) == 0 {
		return
	}
	m.running.Go(func() { m.attendAll(context.Background(), concerned.covers) })
}
