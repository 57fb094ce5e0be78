package session

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/base/fault"
)

// Proof proves a session that has no handle: a credential of its own comes with
// every request. No store has the session, and nothing renews it. A Proof is one
// credential, and may be used at once by many.
type Proof interface {
	// SessionID returns the id of the session: the same for the same credential.
	SessionID() ID
	// Tokens returns those of the session: the credential, if its provider made it.
	Tokens() Tokens
	// Prove checks the credential and returns its session, with Expires, with
	// ProvenUntil and with the Proof itself. An error of kind Unavailable says that
	// nobody can tell at the moment.
	Prove(ctx context.Context) (*Session, error)
}

// proofGrace is how long a session goes on that can't be proven again because
// nobody can tell. It is as long as that of a renewal.
const proofGrace = renewGrace

// Prove returns the session that p proves. The answer is kept in memory until
// ProvenUntil, and forgotten as every session is when a change concerns it.
func (m *Manager) Prove(ctx context.Context, p Proof) (*Session, error) {
	id, now := p.SessionID(), m.cfg.Now()
	known, ok := m.memory.get(id)
	if ok = ok && m.follows() && now.Before(known.Expires); ok && now.Before(known.ProvenUntil) {
		return known, nil
	}
	s, err, _ := m.loads.Do(string(id), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewAsk)
		defer cancel()
		return m.prove(ctx, p)
	})
	switch {
	case err == nil:
		return s.(*Session), nil
	case !unknowable(err):
		m.memory.drop(id)
	case ok && now.Before(known.ProvenUntil.Add(proofGrace)):
		return known, nil
	}
	return nil, err
}

// Holds reports whether a session with a proof is in memory, and not over: its
// credential was good of late.
func (m *Manager) Holds(id ID) bool {
	s, ok := m.memory.get(id)
	return ok && m.cfg.Now().Before(s.Expires)
}

// prove is load for a session with a proof.
func (m *Manager) prove(ctx context.Context, p Proof) (*Session, error) {
	for {
		before := m.memory.forgotten()
		s, err := p.Prove(ctx)
		if err != nil || m.memory.keep(s, before) {
			return s, err
		}
	}
}

func unknowable(err error) bool {
	return fault.KindOf(err) == fault.Unavailable || errors.Is(err, context.DeadlineExceeded)
}

// again finds a session that was found before.
func (m *Manager) again(ctx context.Context, s *Session) (*Session, error) {
	if s.Proof != nil {
		return m.Prove(ctx, s.Proof)
	}
	return m.Lookup(ctx, s.ID)
}

// EndOf returns when a session ends that begins now and whose credential ends at a
// time. Zero: it has no end of its own.
func (m *Manager) EndOf(credential time.Time) time.Time {
	latest := m.cfg.Now().Add(m.cfg.Life)
	if credential.IsZero() || credential.After(latest) {
		return latest
	}
	return credential
}
