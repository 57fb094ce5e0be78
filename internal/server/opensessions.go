package server

import (
	"context"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/store"
)

// OpenSessions opens the gateway's sessions of an installation alone, for the
// command line. Running nodes follow what it ends. done closes the store.
func OpenSessions(ctx context.Context, c *config.Config, p Patience) (sessions *session.Manager, done func(), err error) {
	st, sealer, err := openUsed(ctx, c, store.Options{Issuer: issuerOf(c)}, p)
	if err != nil {
		return nil, nil, err
	}
	sessions, err = sessionsIn(c, st, sealer)
	if err != nil {
		st.Close()
		return nil, nil, err
	}
	return sessions, func() { sessions.Close(); st.Close() }, nil
}

func sessionsIn(c *config.Config, st *store.Store, sealer *seal.Sealer) (*session.Manager, error) {
	box, err := seal.NewBox(secretsOf(c, sealer).cookie, sessionPurpose)
	if err != nil {
		return nil, err
	}
	return session.NewManager(session.Config{Store: st, Box: box})
}
