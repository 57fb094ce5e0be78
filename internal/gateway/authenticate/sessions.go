package authenticate

import (
	"context"
	"errors"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/gateway/session"
)

// ErrSessions says that sessions can't be read at the moment.
var ErrSessions = fault.New(fault.Unavailable, "sessions_unavailable", "We can't tell who is signed in at the moment. Please try again shortly.")

// Living returns a session by id, or nil if id is "" or the session is over.
// The error is ErrSessions.
func Living(ctx context.Context, sessions *session.Manager, id session.ID) (*session.Session, error) {
	if id == "" {
		return nil, nil
	}
	s, err := sessions.Lookup(ctx, id)
	switch {
	case errors.Is(err, session.ErrNotFound), errors.Is(err, session.ErrExpired):
		return nil, nil
	case err != nil:
		return nil, ErrSessions.Because(err)
	}
	return s, nil
}
