package server

import (
	"context"

	"gatehouse/internal/config"
	"gatehouse/internal/operator"
	"gatehouse/internal/store"
)

// OpenKeys opens the access keys of an installation alone, for the command
// line. done closes the store.
func OpenKeys(ctx context.Context, c *config.Config, p Patience) (keys *operator.Engine, done func(), err error) {
	st, err := openStore(ctx, c.Database.Reveal(), store.Options{}, p)
	if err != nil {
		return nil, nil, err
	}
	sealer, err := openSealer(ctx, c, st)
	if err != nil {
		st.Close()
		return nil, nil, err
	}
	return operator.New(operator.Config{Store: st, Sealer: sealer}), func() { st.Close() }, nil
}

// OpenUsedKeys is OpenKeys for an installation that exists. It makes
// no new one.
func OpenUsedKeys(ctx context.Context, c *config.Config, p Patience) (keys *operator.Engine, done func(), err error) {
	st, sealer, err := openUsed(ctx, c, store.Options{}, p)
	if err != nil {
		return nil, nil, err
	}
	return operator.New(operator.Config{Store: st, Sealer: sealer}), func() { st.Close() }, nil
}

// DatabaseOf names the database of a configuration for a person, without the
// password.
func DatabaseOf(c *config.Config) string { return store.Describe(c.Database.Reveal()) }
