package server

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/store"
)

// OpenImportJobs opens the import jobs of an installation, for the command line to read
// their reports. done closes the store.
func OpenImportJobs(ctx context.Context, c *config.Config, p Patience) (imports *userimport.Engine, done func(), err error) {
	st, sealer, err := openUsed(ctx, c, store.Options{Issuer: issuerOf(c)}, p)
	if err != nil {
		return nil, nil, err
	}
	imports = userimport.New(userimport.Config{Store: st, Sealer: sealer, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	return imports, func() { st.Close() }, nil
}
