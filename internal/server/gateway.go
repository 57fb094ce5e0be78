package server

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/accessapi"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// gatewayPart is the gateway with what it stands on, rebuilt in parts when the
// configuration changes.
type gatewayPart struct {
	server   *Server
	options  *Options
	gateway  *proxy.Gateway
	sessions *session.Manager
	box      *seal.Box
	secrets  secrets
	current  currentProviders
	access   *accessPart // nil: no team domain; the same until the end
	declared *config.Config
}

// ErrRestart says that a new configuration asks for what only a restart can do.
var ErrRestart = fault.New(fault.Unsupported, "reload_needs_restart", "This change of the configuration takes effect with a restart.")

// secrets are the gateway's own keys.
type secrets struct{ shared, cookie []byte }

// secretsOf takes the keys from the configuration, and those that it leaves
// out from the master keys, where they stay the same from start to start.
func (s *Server) secretsOf(c *config.Config) secrets {
	k := secrets{shared: c.SharedKey(), cookie: c.CookieKey()}
	if k.shared == nil {
		k.shared = s.sealer.MAC("gateway", "shared_secret")[:32]
	}
	if k.cookie == nil {
		k.cookie = s.sealer.MAC("gateway", "cookie_secret")[:32]
	}
	return k
}

// newGateway returns nil when the configuration has no gateway.
func newGateway(ctx context.Context, o *Options, s *Server) (*gatewayPart, error) {
	if len(o.Config.AllRoutes()) == 0 && o.Config.Access == nil {
		return nil, nil
	}
	g := &gatewayPart{server: s, options: o, secrets: s.secretsOf(o.Config), declared: o.Config}
	var err error
	if g.box, err = seal.NewBox(g.secrets.cookie, "sessions"); err != nil {
		return nil, err
	}
	g.current.set(listOf(nil))
	g.sessions, err = session.NewManager(session.Config{
		Store: s.store, Box: g.box, Life: o.Config.CookieExpire, Now: o.Now, Log: o.Log,
		Renew: authenticate.Renewer(g.providers),
	})
	if err != nil {
		return nil, err
	}
	cas, err := authorities(o.Config)
	if err != nil {
		return nil, err
	}
	if g.access, err = g.newAccess(o.Config, relyingparty.NewHTTPClient(transportWith(cas))); err != nil {
		return nil, err
	}
	if err := g.build(ctx, o.Config); err != nil {
		g.close()
		return nil, err
	}
	return g, nil
}

// build makes the gateway follow a configuration. On an error everything is as
// before.
func (g *gatewayPart) build(ctx context.Context, c *config.Config) error {
	cas, err := authorities(c)
	if err != nil {
		return err
	}
	provider, err := providerOf(c, relyingparty.NewHTTPClient(transportWith(cas)))
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

// declare makes the identity providers of a configuration those of the team
// domain.
func (g *gatewayPart) declare(c *config.Config) error {
	if g.access == nil {
		return nil
	}
	return g.access.engine.Providers.SetDeclared(declaredProviders(c.Access))
}

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

// reload makes the gateway follow a new configuration. ErrRestart, and nothing
// has changed, when there is no gateway that could, or the team domain is
// another one: who has it would go on being believed, or nobody be let in.
func (g *gatewayPart) reload(ctx context.Context, c *config.Config) error {
	switch {
	case g == nil && (len(c.AllRoutes()) > 0 || c.Access != nil):
		return ErrRestart.Saying("The first routes, or a first team domain, take effect with a restart.")
	case g == nil:
		return nil
	case text(teamURL(c)) != text(teamURL(g.declared)) || c.Access != nil && c.Access.AccountID != g.declared.Access.AccountID:
		return ErrRestart.Saying("Another access.team_domain or access.account_id takes effect with a restart.")
	}
	return g.build(ctx, c)
}

// providers are those of the configuration and of the access management API.
func (g *gatewayPart) providers() authenticate.Providers {
	if g.access == nil {
		return &g.current
	}
	return accessapi.Providers{Own: func() authenticate.Providers { return &g.current }, Engine: g.access.engine.Providers}
}

func (g *gatewayPart) configure(c *config.Config, cas *x509.CertPool) (*proxy.Config, error) {
	routes, err := Routes(c)
	if err != nil {
		return nil, err
	}
	keys, err := c.SigningKeys()
	if err != nil {
		return nil, err
	}
	headers, off := responseHeaders(c.Upstreams.SetResponseHeaders)
	if off {
		headers = map[string]string{}
	}
	var front proxy.Front // nil, and not a nil *accessapi.API, if there is no team domain
	if g.access != nil {
		front = g.access.api
	}
	return &proxy.Config{
		Routes: routes, Cleaning: cleaningOf(c), Underscores: underscoresOf(c),
		AuthenticateURL: authenticateURL(c), SharedSecret: g.secrets.shared, CookieSecret: g.secrets.cookie, SigningKeys: keys,
		Providers: g.providers(), Sessions: g.sessions, Tickets: g.server.store,
		Cookie: cookieOf(c), ClaimHeaders: c.JWTClaimsHeaders, ResponseHeaders: headers,
		TLS: !c.InsecureServer, UpstreamTimeout: c.DefaultUpstreamTimeout, UpstreamCAs: cas,
		ProgrammaticHosts: c.ProgrammaticRedirectDomainWhitelist,
		SignOutURL:        text(c.SignoutRedirectURL), TrustedHops: c.XFFNumTrustedHops, SkipXFFAppend: c.SkipXFFAppend,
		Front: front, Now: g.options.Now, Log: g.options.Log,
	}, nil
}

// names reports whether a host is the gateway's by its very name.
func (g *gatewayPart) names(host string) bool { return g != nil && g.gateway.Names(host) }

func (g *gatewayPart) close() {
	if g.gateway != nil {
		g.gateway.Close()
	}
	g.access.close()
	if g.sessions != nil {
		g.sessions.Close()
	}
}

// authenticateURL is where people sign in: the service that the configuration
// names, else the team domain. Where there is neither, no route asks for
// sign-in (config sees to that), and the service has a name that reaches nobody
// (RFC 6761 §6.4).
func authenticateURL(c *config.Config) *url.URL {
	switch {
	case c.AuthenticateServiceURL != nil:
		return c.AuthenticateServiceURL
	case c.Access != nil:
		return c.Access.TeamDomain
	}
	return &url.URL{Scheme: "https", Host: "authenticate.invalid"}
}

// authorities are the system's, with the configured one; nil: the system's.
func authorities(c *config.Config) (*x509.CertPool, error) {
	if c.CertificateAuthority == "" {
		return nil, nil
	}
	return certs.Pool(c.CertificateAuthority)
}

func transportWith(cas *x509.CertPool) http.RoundTripper {
	t := web.NewTransport()
	if cas != nil {
		t.TLSClientConfig = tlsWith(cas)
	}
	return t
}

func text(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}
