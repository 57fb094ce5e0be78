package server

import (
	"context"
	"errors"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/accessapi"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/proxy"
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
	access   *accessPart    // nil if there is no team domain; never replaced
	declared *config.Config // the configuration in use
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

// newGateway returns nil if the configuration has neither routes nor a team
// domain.
func newGateway(ctx context.Context, o *Options, s *Server) (_ *gatewayPart, err error) {
	if len(o.Config.AllRoutes()) == 0 && o.Config.Access == nil {
		return nil, nil
	}
	g := &gatewayPart{server: s, options: o, secrets: secretsOf(o.Config, s.sealer), declared: o.Config}
	defer func() {
		if err != nil {
			g.close()
		}
	}()
	g.current.set(listOf(nil))
	if err := g.openSessions(o); err != nil {
		return nil, err
	}
	if g.tickets, g.attempts, err = g.signInState("gateway tickets", "gateway attempts"); err != nil {
		return nil, err
	}
	cas, err := authorities(o.Config)
	if err != nil {
		return nil, err
	}
	if g.access, err = g.newAccess(o.Config, relyingparty.NewHTTPClient(o.outgoing(cas))); err != nil {
		return nil, err
	}
	if err := g.build(ctx, o.Config); err != nil {
		return nil, err
	}
	return g, nil
}

func (g *gatewayPart) openSessions(o *Options) (err error) {
	if g.box, err = seal.NewBox(g.secrets.cookie, sessionPurpose); err != nil {
		return err
	}
	g.sessions, err = session.NewManager(session.Config{
		Store: g.server.store, Box: g.box, Life: o.Config.CookieExpire, Outage: o.Config.SessionOutage, Now: o.Now, Log: o.Log,
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

// build makes the gateway follow a configuration. On an error the gateway keeps
// the configuration in use.
func (g *gatewayPart) build(ctx context.Context, c *config.Config) error {
	cas, err := authorities(c)
	if err != nil {
		return err
	}
	provider, err := providerOf(c, relyingparty.NewHTTPClient(g.options.outgoing(cas)))
	if err != nil {
		return err
	}
	cfg, err := g.configure(c, cas)
	if err != nil {
		return err
	}
	if err := g.declare(c); err != nil {
		return err
	}
	before := g.current.set(listOf(provider))
	if err := g.follow(*cfg); err != nil {
		g.current.set(before)
		return errors.Join(err, g.declare(g.declared))
	}
	g.declared = c
	if g.access == nil {
		return nil
	}
	return g.access.engine.Keys.Prepare(ctx)
}

// declare gives the identity providers of a configuration to the team domain.
func (g *gatewayPart) declare(c *config.Config) error {
	if g.access == nil {
		return nil
	}
	return g.access.engine.Providers.SetDeclared(declaredProviders(c.Access))
}

// follow makes the proxy, or makes it follow another configuration.
func (g *gatewayPart) follow(cfg proxy.Config) error {
	if g.gateway != nil {
		return g.gateway.Reload(cfg)
	}
	made, err := proxy.New(cfg)
	if err == nil {
		g.gateway = made
	}
	return err
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

// reload makes the gateway, if there is one, follow a new configuration.
func (g *gatewayPart) reload(ctx context.Context, c *config.Config) error {
	if g == nil {
		return nil
	}
	return g.build(ctx, c)
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
