package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/managedlogin"
	"gatehouse/internal/directory/userpool"
)

// Errors of OpenRoster.
var (
	ErrWhichPool   = fault.New(fault.Invalid, "pool_unnamed", "The configuration does not say which pool is meant.")
	ErrPoolNotMade = fault.New(fault.NotFound, "pool_not_made", "The pool is declared in the configuration, and not made yet.")
	ErrNoPages     = fault.New(fault.Invalid, "pages_unreachable", "The pool has no app client whose users could sign in at its pages.")
)

// Roster is the users of one pool, with the links that they get.
type Roster struct {
	account.Roster
	base   string
	client userpool.ClientID
}

// OpenRoster opens the users of a pool for the command line. id may be empty if the
// configuration has one pool alone. done closes the store.
func OpenRoster(ctx context.Context, c *config.Config, id string, p Patience) (_ *Roster, done func(), err error) {
	if c.Directory == nil {
		return nil, nil, ErrNoDirectory.Saying("The configuration has no directory, so it has no users: name the file of the server with --config. For the users of gatehouse dev, call the API, for example with aws cognito-idp list-users.")
	}
	if id == "" {
		if len(c.Directory.Pools) != 1 {
			return nil, nil, ErrWhichPool.Saying("The configuration declares %s: name the pool with --pool.", plural(len(c.Directory.Pools), "pool"))
		}
		id = c.Directory.Pools[0].ID
	}
	s, err := openQuietly(ctx, c, p)
	if err != nil {
		return nil, nil, err
	}
	r, err := s.roster(ctx, userpool.PoolID(id))
	if err != nil {
		s.Close()
		return nil, nil, err
	}
	return r, s.Close, nil
}

// openQuietly makes the engines of an installation without its background work: a
// command uses them beside the running server.
func openQuietly(ctx context.Context, c *config.Config, p Patience) (_ *Server, err error) {
	o := &Options{Config: c, Patience: p}
	o.complete()
	s := &Server{log: o.Log, now: o.Now, later: newLater(), exports: newLater(), started: c}
	s.claims.Store(claimsOf(c))
	if s.store, s.sealer, err = openUsed(ctx, c, storeOptions(o), p); err != nil {
		return nil, err
	}
	if err := s.makeDirectory(o); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) roster(ctx context.Context, id userpool.PoolID) (*Roster, error) {
	pool, err := s.directory.pools.Pool(ctx, id)
	if errors.Is(err, userpool.ErrPoolNotFound) && declaresPool(s.started, id) {
		return nil, ErrPoolNotMade.Saying("Pool %s is declared in the configuration, and not made yet: start the server once with this configuration.", id)
	}
	if err != nil {
		return nil, fmt.Errorf("pool %s: %w", id, err)
	}
	client, err := s.clientWithPages(ctx, id)
	if err != nil {
		return nil, err
	}
	base, err := s.directory.sites.Endpoints(ctx, pool)
	if err != nil {
		return nil, err
	}
	return &Roster{account.Roster{Pool: pool, Users: s.directory.users, Accounts: s.directory.accounts}, base, client}, nil
}

// declaresPool reports whether the configuration, which has a directory, declares the
// pool: the server makes it when it starts.
func declaresPool(c *config.Config, id userpool.PoolID) bool {
	return slices.ContainsFunc(c.Directory.Pools, func(p config.Pool) bool { return p.ID == string(id) })
}

// clientWithPages returns an app client whose users sign in at the pages of the pool.
// One that registered itself is none: it may be anybody's, and be gone tomorrow.
func (s *Server) clientWithPages(ctx context.Context, pool userpool.PoolID) (userpool.ClientID, error) {
	fits := func(c *userpool.Client) bool {
		return c.Settings.OAuth && len(c.Settings.CallbackURLs) > 0 && !c.Registered()
	}
	for next := userpool.ClientID(""); ; {
		clients, after, err := s.directory.pools.ListClients(ctx, pool, next, userpool.MaxPage)
		if err != nil {
			return "", err
		}
		if i := slices.IndexFunc(clients, fits); i >= 0 {
			return clients[i].ID, nil
		}
		if next = after; next == "" {
			return "", ErrNoPages
		}
	}
}

// Link returns the address at which a user replaces the temporary password, once.
func (r *Roster) Link(name string, temporary seal.Secret) string {
	return managedlogin.WelcomeURL(strings.TrimSuffix(r.base, "/"), r.client, name, temporary)
}

// Life is how long a link works.
func (r *Roster) Life() time.Duration { return r.Pool.Settings.PasswordPolicy.TemporaryValidity() }
