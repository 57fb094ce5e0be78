package session

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

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

// attend ends the connections of one session that may not go on.
func (m *Manager) attend(ctx context.Context, attendees ...*Attendee) {
	s, err := m.again(ctx, attendees[0].session)
	for _, a := range attendees {
		if err := m.goesOn(a.session, s, err); err != nil {
			a.connection.SessionEnded(err)
		}
	}
}

// goesOn returns nil if a connection may go on that was decided about with a session
// as it was before. now and err are what Lookup returns. It may not if the session has
// ended, has another identity, or comes from a provider that was taken away.
func (m *Manager) goesOn(before, now *Session, err error) error {
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrExpired), err == nil && !m.stands(now):
		return ErrExpired
	case err != nil && before.Proof != nil && !unknowable(err):
		return ErrExpired.Because(err)
	case err != nil:
		return ErrUnavailable.Because(err)
	case now != before && !identity.Same(before.Identity, now.Identity):
		return ErrUnavailable.Because(errChanged)
	}
	return nil
}

// stands reports whether the provider of a session is still in use. A proof says so
// itself.
func (m *Manager) stands(s *Session) bool {
	return s.Proof != nil || m.cfg.Stands == nil || m.cfg.Stands(s)
}

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

// attendAtOnce is how many sessions one call of attendAll looks at at once. A look may
// wait for the provider for as long as renewAsk.
const attendAtOnce = 16

// attendAll looks at the sessions of connections, once at each.
func (m *Manager) attendAll(ctx context.Context, all []*Attendee) {
	sessions := map[ID][]*Attendee{}
	for _, a := range all {
		sessions[a.session.ID] = append(sessions[a.session.ID], a)
	}
	var looks errgroup.Group
	looks.SetLimit(attendAtOnce)
	for _, attendees := range sessions {
		looks.Go(func() error {
			m.attend(ctx, attendees...)
			return nil
		})
	}
	_ = looks.Wait() // looks return no error
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
			m.attendAll(ctx, m.attendees.list(func(*Session) bool { return true }))
		}
	}
}

// LookAgain looks at the sessions of all open connections now, as after a change of
// the providers. It waits for nothing.
func (m *Manager) LookAgain() {
	m.running.Go(func() {
		m.attendAll(context.Background(), m.attendees.list(func(*Session) bool { return true }))
	})
}

// tell makes the memory and the open connections follow changes. It waits for no
// connection.
func (m *Manager) tell(changes ...Change) {
	m.memory.forget(changes...)
	concerned := m.attendees.list(newCovering(changes).covers)
	if len(concerned) == 0 {
		return
	}
	m.running.Go(func() { m.attendAll(context.Background(), endAtOnce(concerned, changes)) })
}

// endAtOnce ends the connections whose sessions have ended, as the changes say, and
// returns the others. So no sign-out waits for somebody else's renewal.
func endAtOnce(all []*Attendee, changes []Change) (others []*Attendee) {
	changes = slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return !c.Ended })
	for _, a := range all {
		if slices.ContainsFunc(changes, a.session.endedBy) {
			a.connection.SessionEnded(ErrExpired)
		} else {
			others = append(others, a)
		}
	}
	return others
}

// endedBy reports whether c, an end, ended s. It did not if it came before s, as the
// last sign-out of a person who has signed in anew: what this node hears of may be
// old. An end without a mark comes from this node, just now.
func (s *Session) endedBy(c Change) bool {
	return c.Scope.Covers(s.ID, s.Origin) && (c.Mark == 0 || c.Mark > s.read)
}
