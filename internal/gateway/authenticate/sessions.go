package authenticate

import (
	"context"
	"errors"

	"gatehouse/internal/gateway/session"
)

// Living returns a session by id, or nil if id is "" or the session is over.
// The error is session.ErrUnavailable.
func Living(ctx context.Context, sessions *session.Manager, id session.ID) (*session.Session, error) {
	if id == "" {
		return nil, nil
	}
	s, err := sessions.Lookup(ctx, id)
	switch {
	case errors.Is(err, session.ErrNotFound), errors.Is(err, session.ErrExpired):
		return nil, nil
	case err != nil:
		return nil, session.ErrUnavailable.Because(err)
	}
	return s, nil
}
