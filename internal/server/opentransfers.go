package server

import (
	"context"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/store"
)

// ErrNoDirectory says that a configuration has no user pools.
var ErrNoDirectory = fault.New(fault.Invalid, "directory_missing", "The configuration has no directory: user pools need its section directory.")

// OpenExports opens what takes the pools of an installation out, for the command
// line. done closes the store.
func OpenExports(ctx context.Context, c *config.Config, p Patience, version string) (exports *transfer.Engine, done func(), err error) {
	st, sealer, err := openUsed(ctx, c, store.Options{Issuer: issuerOf(c)}, p)
	if err != nil {
		return nil, nil, err
	}
	return transfersIn(c, st, sealer, version), func() { st.Close() }, nil
}

// OpenImports is OpenExports for what takes pools in. It makes an installation if
// there is none.
func OpenImports(ctx context.Context, c *config.Config, p Patience, version string) (imports *transfer.Engine, done func(), err error) {
	if c.Directory == nil {
		return nil, nil, ErrNoDirectory
	}
	st, err := openStore(ctx, c.Database.Reveal(), store.Options{Issuer: issuerOf(c)}, p)
	if err != nil {
		return nil, nil, err
	}
	sealer, err := openSealer(ctx, c, st)
	if err != nil {
		st.Close()
		return nil, nil, err
	}
	return transfersIn(c, st, sealer, version), func() { st.Close() }, nil
}

func transfersIn(c *config.Config, st *store.Store, sealer *seal.Sealer, version string) *transfer.Engine {
	pools := userpool.New(userpool.Config{Store: st, Sealer: sealer, Now: time.Now, HostTaken: hostTakenIn(c)})
	return transfer.New(transfer.Config{Store: st, Sealer: sealer, Now: time.Now, CheckDomain: pools.CheckDomain, Version: version})
}

// OpenNewcomers opens what takes users of other systems into the pools of an
// installation, for the command line. done closes the store.
func OpenNewcomers(ctx context.Context, c *config.Config, p Patience) (newcomers *transfer.Newcomers, done func(), err error) {
	st, sealer, err := openUsed(ctx, c, store.Options{Issuer: issuerOf(c)}, p)
	if err != nil {
		return nil, nil, err
	}
	users := user.New(user.Config{Store: st, Now: time.Now})
	return transfer.NewNewcomers(transfer.NewcomersConfig{
		Pools: userpool.New(userpool.Config{Store: st, Sealer: sealer, Now: time.Now}), Users: users,
		Credentials: credential.New(credential.Config{Store: st, Users: users, Sealer: sealer, Now: time.Now}),
	}), func() { st.Close() }, nil
}

// hostTakenIn is [Server.hostTaken] for a configuration that no server runs.
func hostTakenIn(c *config.Config) func(*userpool.Domain) string {
	if c.Directory == nil {
		return nil
	}
	s := &Server{}
	s.claims.Store(claimsOf(c))
	return s.hostTaken(c.Directory)
}
