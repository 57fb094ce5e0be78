package server

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/store"
)

// Patience says how long a start waits for a database that does not answer: one
// that starts at the same time, say. The zero value does not wait.
type Patience struct {
	Wait time.Duration
	// Waiting is called once, when the wait begins, with the reason. It may be
	// nil.
	Waiting func(err error)
}

// retryEvery is the pause between two tries to open the database.
const retryEvery = 500 * time.Millisecond

func openStore(ctx context.Context, url string, o store.Options, p Patience) (*store.Store, error) {
	return waitFor(ctx, p, func() (*store.Store, error) { return store.Open(ctx, url, o) })
}

// issuerOf returns the issuers of the configuration's user pools. Everything that
// changes users opens the store with it, so that the gateway's sessions follow.
// It returns nil without a directory.
func issuerOf(c *config.Config) func(*userpool.Pool) string {
	if c.Directory == nil {
		return nil
	}
	return func(p *userpool.Pool) string { return token.IssuerOf(c.Directory.URL.String(), p) }
}

// waitFor calls open until it succeeds, fails for a reason that does not pass
// by itself, or p is at its end, counted from the first failure. It returns the
// last error of open.
func waitFor[T any](ctx context.Context, p Patience, open func() (T, error)) (T, error) {
	opened, err := open()
	if !passes(err) || p.Wait <= 0 {
		return opened, err
	}
	if p.Waiting != nil {
		p.Waiting(err)
	}
	end := time.NewTimer(p.Wait)
	defer end.Stop()
	for passes(err) {
		select {
		case <-ctx.Done():
			return opened, err
		case <-end.C:
			return opened, err
		case <-time.After(retryEvery):
			opened, err = open()
		}
	}
	return opened, err
}

// passes reports whether the reason why a database does not open may pass
// without anybody's doing.
func passes(err error) bool {
	open, ok := errors.AsType[*store.OpenError](err)
	return ok && open.Passing
}

func storeOptions(o *Options) store.Options {
	return store.Options{Log: o.Log, Connections: o.Config.DatabaseMaxConnections, Issuer: issuerOf(o.Config)}
}
