package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"gatehouse/internal/identity"
)

// attendEvery is how often the sessions of open connections are looked at: a
// connection sends no request that would renew its session, or end it.
const attendEvery = time.Minute

// Connection is what ends with its session: a request, for as long as something may
// still come or go.
type Connection interface {
	// SessionEnded ends the connection. It is called once or more often, at last a
	// moment after Leave. err is ErrExpired or ErrUnavailable.
	SessionEnded(err error)
}

// Attendee is the place of a connection among those that end with their sessions.
// The caller owns it: every request has one, so it costs no memory of its own.
type Attendee struct {
	session    *Session
	connection Connection
	next, prev *Attendee
}

// attendees are the connections that end with their sessions.
type attendees struct {
	mu    sync.Mutex
	first *Attendee
}

func (as *attendees) add(a *Attendee) {
	as.mu.Lock()
	defer as.mu.Unlock()
	if a.next = as.first; a.next != nil {
		a.next.prev = a
	}
	as.first = a
}

func (as *attendees) remove(a *Attendee) {
	as.mu.Lock()
	defer as.mu.Unlock()
	switch {
	case a.prev != nil:
		a.prev.next = a.next
	case as.first == a:
		as.first = a.next
	}
	if a.next != nil {
		a.next.prev = a.prev
	}
	a.next, a.prev = nil, nil
}

// errChanged says that a connection was decided about with another identity.
var errChanged = errors.New("what the provider says about the person has changed")

// Attend ends c as soon as s ends or its identity is another: what was decided with
// the old identity must be decided again. The caller calls Leave with the same a when
// c is over. a may be used once.
func (m *Manager) Attend(ctx context.Context, a *Attendee, s *Session, c Connection) {
	a.session, a.connection = s, c
	m.attendees.add(a)
	if now, ok := m.memory.get(s.ID); !ok || now != s { // something happened since s was found
		m.attend(ctx, a)
	}
}

// Leave ends what Attend began.
func (m *Manager) Leave(a *Attendee) { m.attendees.remove(a) }

// attend ends a connection that may not go on.
func (m *Manager) attend(ctx context.Context, a *Attendee) {
	if err := m.goesOn(ctx, a.session); err != nil {
		a.connection.SessionEnded(err)
	}
}

// goesOn returns nil if a connection may go on that was decided about with a session
// as it was before. It may not if the session has ended, has another identity, or
// comes from a provider that was taken away.
func (m *Manager) goesOn(ctx context.Context, before *Session) error {
	s, err := m.Lookup(ctx, before.ID)
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrExpired), err == nil && !m.stands(s):
		return ErrExpired
	case err != nil:
		return ErrUnavailable.Because(err)
	case s != before && !identity.Same(before.Identity, s.Identity):
		return ErrUnavailable.Because(errChanged)
	}
	return nil
}

func (m *Manager) stands(s *Session) bool { return m.cfg.Stands == nil || m.cfg.Stands(s) }

// list returns the connections whose session is covered.
func (as *attendees) list(covers func(*Session) bool) []*Attendee {
	as.mu.Lock()
	defer as.mu.Unlock()
	var all []*Attendee
	for a := as.first; a != nil; a = a.next {
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
