package server

import (
	"context"

	"gatehouse/internal/config"
	"gatehouse/internal/message"
	"gatehouse/internal/store"
)

// OpenMessages opens the messages of an installation that could not be sent, for the
// command line. done closes the store.
func OpenMessages(ctx context.Context, c *config.Config, p Patience) (kept *message.Outbox, done func(), err error) {
	st, sealer, err := openUsed(ctx, c, store.Options{Issuer: issuerOf(c)}, p)
	if err != nil {
		return nil, nil, err
	}
	return message.NewOutbox(st, sealer, nil), func() { st.Close() }, nil
}
