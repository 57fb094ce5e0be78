package server

import (
	"context"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/store"
)

// RotateSigningKeys replaces the signing keys of a pool, for the command line.
// Running nodes take the new keys up by themselves; see [token.Engine.RotateKeys].
func RotateSigningKeys(ctx context.Context, c *config.Config, p Patience, pool userpool.PoolID) (*token.Rotation, error) {
	st, sealer, err := openUsed(ctx, c, store.Options{}, p)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	pools := userpool.New(userpool.Config{Store: st, Sealer: sealer, Now: time.Now})
	users := user.New(user.Config{Store: st, Now: time.Now})
	tokens := token.New(token.Config{Store: st, Pools: pools, Users: users, Sealer: sealer, Now: time.Now})
	found, err := pools.Pool(ctx, pool)
	if err != nil {
		return nil, err
	}
	return tokens.RotateKeys(ctx, found)
}
