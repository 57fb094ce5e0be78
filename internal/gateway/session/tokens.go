package session

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/internal/base/seal"
)

// The tokens of a provider are longer than all that is known of a session, and few
// requests need them: a renewal, a sign-out, a header of a route. So no [Session] has
// them. They are in the store, sealed with the session, and are read when somebody needs
// them. What is saved is always a [Held], so that no update of a session loses them.

// Tokens are what an identity provider gave a session. Any may be missing.
type Tokens struct{ ID, Access, Refresh seal.Secret }

// Held is a session with its tokens, as the store has it.
type Held struct {
	*Session
	Tokens Tokens
}

// hold returns s with its tokens, and makes it say which there are.
func (s *Session) hold(t Tokens) Held {
	s.tokens, s.refreshes = t != Tokens{}, t.Refresh != ""
	return Held{s, t}
}

// copied returns h with a session that may be changed.
func (h Held) copied() Held {
	s := *h.Session
	return Held{&s, h.Tokens}
}

// Tokens returns the tokens of a session. Those that routes send with every request
// stay in memory, for as long as the session does. The errors are ErrExpired, if the
// session has ended meanwhile, and ErrUnavailable.
func (m *Manager) Tokens(ctx context.Context, s *Session) (Tokens, error) {
	switch {
	case s.Proof != nil:
		return s.Proof.Tokens(), nil
	case !s.tokens:
		return Tokens{}, nil
	}
	if h, ok := m.memory.held(s); ok {
		return h.Tokens, nil
	}
	if h, ok := m.unsaved.get(s.ID); ok && h.Revision == s.Revision {
		return h.Tokens, nil
	}
	// Several requests may wait for one read, so the end of the first must not cancel it.
	read, err, _ := m.loads.Do(fmt.Sprintf("tokens of %s %d", s.ID, s.Revision), func() (any, error) {
		before := m.memory.forgotten()
		h, err := m.read(context.WithoutCancel(ctx), s.ID)
		if err != nil {
			return nil, err
		}
		m.memory.keepTokens(Held{s, h.Tokens}, before)
		return h.Tokens, nil
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return Tokens{}, ErrExpired.Because(err)
	case err != nil:
		return Tokens{}, ErrUnavailable.Because(fmt.Errorf("read the tokens of session %s: %w", s.ID, err))
	}
	return read.(Tokens), nil
}
