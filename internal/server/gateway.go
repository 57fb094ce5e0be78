package server

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/accessapi"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/gateway/secretfile"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// gatewayPart is the gateway with its engines. Parts of it are rebuilt when the
// configuration changes.
type gatewayPart struct {
	server   *Server
	options  *Options
	gateway  *proxy.Gateway
	sessions *session.Manager
	tickets  *session.Tickets
	attempts *relyingparty.Attempts
	box      *seal.Box
	secrets  secrets
	current  currentProviders
	lent     atomic.Pointer[secretfile.Reader]      // the secrets of the routes
	access   *accessPart                            // nil if there is no team domain; never replaced
	declared *config.Config                         // the configuration in use, without its routes
	decided  func(allowed bool, took time.Duration) // counts decisions; nil: nobody does
}

// ErrRestart refuses a new configuration with a change that only a restart can
// make.
var ErrRestart = fault.New(fault.Unsupported, "reload_needs_restart", "This change of the configuration takes effect with a restart.")

// secrets are the gateway's own keys.
type secrets struct{ shared, cookie []byte }

// sessionPurpose is the purpose of the box that seals sessions.
const sessionPurpose = "sessions"

// secretsOf takes the keys from the configuration. Keys that it does not have
// are derived from the master keys, so that they are the same after a restart.
func secretsOf(c *config.Config, sealer *seal.Sealer) secrets {
	k := secrets{shared: c.SharedKey(), cookie: c.CookieKey()}
	if k.shared == nil {
		k.shared = sealer.MAC("gateway", "shared_secret")[:32]
	}
	if k.cookie == nil {
		k.cookie = sealer.MAC("gateway", "cookie_secret")[:32]
	}
	return k
}

// newGateway makes the gateway of a configuration, which is that of o with its routes. It
// returns nil if the configuration has neither routes nor a team domain.
func newGateway(ctx context.Context, o *Options, s *Server, c *config.Config) (_ *gatewayPart, err error) {
	if len(c.AllRoutes()) == 0 && c.Access == nil {
		return nil, nil
	}
	g := &gatewayPart{server: s, options: o, secrets: secretsOf(c, s.sealer), declared: o.Config}
	if o.Meter != nil {
		g.decided = o.Meter.CountDecisions()
	}
	defer func() {
		if err != nil {
			g.close()
		}
	}()
	g.current.set(&providers{})
	if err := g.openSessions(o); err != nil {
		return nil, err
	}
	if g.tickets, g.attempts, err = g.signInState("gateway tickets", "gateway attempts"); err != nil {
		return nil, err
	}
	if g.access, err = g.newAccess(c, relyingparty.NewHTTPClient(s.toProviders(s.trusted.transport(o), directoryURL(c)))); err != nil {
		return nil, err
	}
	if g.gateway, err = g.first(ctx, c); err != nil {
		return nil, err
	}
	return g, nil
}

func (g *gatewayPart) openSessions(o *Options) (err error) {
	if g.box, err = seal.NewBox(g.secrets.cookie, sessionPurpose); err != nil {
		return err
	}
	g.sessions, err = session.NewManager(session.Config{
		Store: g.server.store, Box: g.box, Life: o.Config.CookieExpire, Idle: o.Config.SessionIdleTimeout, Outage: o.Config.SessionOutage, Now: o.Now, Log: o.Log,
		Renew: authenticate.Renewer(g.providers), Recheck: authenticate.Rechecker(g.providers),
		Stands: g.stands,
	})
	return err
}

// signInState returns what remembers the tickets and the attempts of one front.
// The purposes keep those of two fronts apart.
func (g *gatewayPart) signInState(ticketPurpose, attemptPurpose string) (*session.Tickets, *relyingparty.Attempts, error) {
	tickets, err1 := seal.NewBox(g.secrets.cookie, ticketPurpose)
	attempts, err2 := seal.NewBox(g.secrets.cookie, attemptPurpose)
	st, now := g.server.store, g.options.Now
	return &session.Tickets{Box: tickets, Store: st, Now: now}, &relyingparty.Attempts{Box: attempts, Store: st, Now: now}, errors.Join(err1, err2)
}

// first makes the proxy of the first configuration.
func (g *gatewayPart) first(ctx context.Context, c *config.Config) (*proxy.Gateway, error) {
	made := &proxy.Gateway{}
	next, err := g.prepare(ctx, c, made)
	if err != nil {
		return nil, err
	}
	next.use()
	return made, nil
}

// change is what makes a part of the installation follow a new configuration. It has
// been prepared: neither function fails, and one of them is called.
type change struct{ use, drop func() }

// prepare does all that may fail before gateway follows a configuration. Nothing
// changes before.
func (g *gatewayPart) prepare(ctx context.Context, c *config.Config, gateway *proxy.Gateway) (change, error) {
	cas, err := authorities(c)
	if err != nil {
		return change{}, err
	}
	client := relyingparty.NewHTTPClient(g.server.toProviders(g.options.outgoing(cas), directoryURL(c)))
	made, err := newProviders(c, g.server.sealer, client)
	if err != nil {
		return change{}, err
	}
	declare, err := g.prepareAccess(ctx, c)
	if err != nil {
		return change{}, err
	}
	lent := g.lentBy(c)
	cfg, err := g.configure(c, cas, client, lent)
	if err != nil {
		return change{}, err
	}
	next, err := gateway.Prepare(*cfg) // which makes the table of the routes
	if err != nil {
		return change{}, placed(c, err)
	}
	return change{drop: next.Drop, use: func() {
		declare()
		g.current.set(made)
		next.Use()
		g.lent.Store(lent)
		g.sessions.LookAgain()
		g.declared = c.WithoutRoutes()
	}}, nil
}

// prepareAccess makes the keys of the team domain, and returns what gives it the
// identity providers of a configuration.
func (g *gatewayPart) prepareAccess(ctx context.Context, c *config.Config) (declare func(), err error) {
	if g.access == nil {
		return func() {}, nil
	}
	if err := g.access.engine.Keys.Prepare(ctx); err != nil {
		return nil, err
	}
	return g.access.engine.Providers.PrepareDeclared(declaredProviders(c.Access))
}

// reloadable returns ErrRestart if there is no gateway yet, or if the team domain
// changes: the tokens of the old team domain would stay valid, and the new one has
// no keys.
func (g *gatewayPart) reloadable(c *config.Config) error {
	switch {
	case g == nil && (len(c.AllRoutes()) > 0 || c.Access != nil):
		return ErrRestart.Saying("The first routes, or a first team domain, take effect with a restart.")
	case g == nil:
		return nil
	case text(teamURL(c)) != text(teamURL(g.declared)) || c.Access != nil && c.Access.AccountID != g.declared.Access.AccountID:
		return ErrRestart.Saying("Another access.team_domain or access.account_id takes effect with a restart.")
	}
	return nil
}

// prepareReload prepares the gateway, if there is one, for a new configuration.
func (g *gatewayPart) prepareReload(ctx context.Context, c *config.Config) (change, error) {
	if g == nil {
		return change{use: func() {}, drop: func() {}}, nil
	}
	return g.prepare(ctx, c, g.gateway)
}

// providers returns the identity providers of the configuration and of the
// access management API.
func (g *gatewayPart) providers() authenticate.Providers {
	if g.access == nil {
		return &g.current
	}
	return accessapi.Providers{Own: func() authenticate.Providers { return &g.current }, Engine: g.access.engine.Providers}
}

// stands reports whether the provider of a session is still in use, and believed as
// it was.
func (g *gatewayPart) stands(s *session.Session) bool {
	all := g.providers()
	if a, ok := all.(accessapi.Providers); ok {
		return a.Stands(s)
	}
	return all.ByID(s.Provider) != nil
}

func (g *gatewayPart) close() {
	if g.gateway != nil {
		g.gateway.Close()
	}
	g.access.close()
	if g.sessions != nil {
		g.sessions.Close()
	}
}
