package server

import (
	"context"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/store"
)

// OpenFactors opens what shows and removes with what the users of an installation
// sign in, for the command line. done closes the store.
func OpenFactors(ctx context.Context, c *config.Config, p Patience) (factors *account.Factors, done func(), err error) {
	st, sealer, err := openUsed(ctx, c, store.Options{Issuer: issuerOf(c)}, p)
	if err != nil {
		return nil, nil, err
	}
	return &account.Factors{
		Pools:   userpool.New(userpool.Config{Store: st, Sealer: sealer, Now: time.Now}),
		Users:   user.New(user.Config{Store: st, Now: time.Now}),
		Devices: device.New(device.Config{Store: st, Sealer: sealer, Now: time.Now}),
	}, func() { st.Close() }, nil
}
