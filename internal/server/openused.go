package server

import (
	"context"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/store"
)

// ErrUnused says that the database of a configuration holds nothing.
var ErrUnused = fault.New(fault.NotFound, "installation_unused", "Nothing is in the database yet.")

// openUsed opens the database and the master keys of an installation, for a
// command that lists, ends or shows something. It makes no new installation: run
// with another data_dir than the server's, the command would say of an empty
// database that nobody is signed in, or that everybody was signed out.
func openUsed(ctx context.Context, c *config.Config, o store.Options, p Patience) (*store.Store, *seal.Sealer, error) {
	if store.Missing(c.Database.Reveal()) {
		return nil, nil, unused(c)
	}
	st, err := openStore(ctx, c.Database.Reveal(), o, p)
	if err != nil {
		return nil, nil, err
	}
	sealer, err := usedSealer(ctx, c, st)
	if err != nil {
		st.Close()
		return nil, nil, err
	}
	return st, sealer, nil
}

func usedSealer(ctx context.Context, c *config.Config, st *store.Store) (*seal.Sealer, error) {
	empty, err := st.Empty(ctx)
	if err != nil {
		return nil, err
	}
	if empty {
		return nil, unused(c)
	}
	return openSealer(ctx, c, st)
}

func unused(c *config.Config) error {
	return ErrUnused.Saying("Nothing is in the %s yet. Run the command in the working directory of the server, with its configuration and its variables, such as DATA_DIR.", DatabaseOf(c))
}
