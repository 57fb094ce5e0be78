package server

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"

	"gatehouse/internal/certs"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway"
	"gatehouse/internal/relyingparty"
	"gatehouse/internal/session"
	"gatehouse/internal/web"
)

// gatewayPart is the gateway with what it stands on, rebuilt in parts when the
// configuration changes.
type gatewayPart struct {
	server   *Server
	options  *Options
	gateway  *gateway.Gateway
	sessions *session.Manager
	box      *session.Box
	secrets  secrets
	current  currentProviders
}

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
	g := &gatewayPart{server: s, options: o, secrets: s.secretsOf(o.Config)}
	var err error
	if g.box, err = session.NewBox(g.secrets.cookie, "sessions"); err != nil {
		return nil, err
	}
	g.sessions, err = session.NewManager(session.Config{
		Store: s.store, Sealer: g.box, Life: o.Config.CookieExpire, Now: o.Now, Log: o.Log,
		Renew: gateway.Renewer(func() gateway.Providers { return &g.current }),
	})
	if err != nil {
		return nil, err
	}
	cfg, err := g.configure(ctx, o.Config)
	if err != nil {
		return nil, err
	}
	if g.gateway, err = gateway.New(*cfg); err != nil {
		return nil, err
	}
	return g, nil
}

func (g *gatewayPart) reload(ctx context.Context, c *config.Config) error {
	if g == nil {
		return nil
	}
	cfg, err := g.configure(ctx, c)
	if err != nil {
		return err
	}
	return g.gateway.Reload(*cfg)
}

func (g *gatewayPart) configure(_ context.Context, c *config.Config) (*gateway.Config, error) {
	routes, err := Routes(c)
	if err != nil {
		return nil, err
	}
	cas, err := authorities(c)
	if err != nil {
		return nil, err
	}
	provider, err := providerOf(c, relyingparty.NewHTTPClient(transportWith(cas)))
	if err != nil {
		return nil, err
	}
	keys, err := c.SigningKeys()
	if err != nil {
		return nil, err
	}
	g.current.set(provider)
	headers, off := responseHeaders(c.Upstreams.SetResponseHeaders)
	if off {
		headers = map[string]string{}
	}
	return &gateway.Config{
		Routes: routes, Cleaning: cleaningOf(c), Underscores: underscoresOf(c),
		AuthenticateURL: authenticateURL(c), SharedSecret: g.secrets.shared, CookieSecret: g.secrets.cookie, SigningKeys: keys,
		Providers: &g.current, Sessions: g.sessions, Tickets: g.server.store,
		Cookie: cookieOf(c), ClaimHeaders: c.JWTClaimsHeaders, ResponseHeaders: headers,
		TLS: !c.InsecureServer, UpstreamTimeout: c.DefaultUpstreamTimeout, UpstreamCAs: cas,
		ProgrammaticHosts: c.ProgrammaticRedirectDomainWhitelist,
		SignOutURL:        text(c.SignoutRedirectURL), TrustedHops: c.XFFNumTrustedHops, SkipXFFAppend: c.SkipXFFAppend,
		Now: g.options.Now, Log: g.options.Log,
	}, nil
}

func (g *gatewayPart) close() {
	if g.gateway != nil {
		g.gateway.Close()
	}
	if g.sessions != nil {
		g.sessions.Close()
	}
}

// authenticateURL is where people sign in: the service that the configuration
// names, else the team domain.
func authenticateURL(c *config.Config) *url.URL {
	if c.AuthenticateServiceURL == nil && c.Access != nil {
		return c.Access.TeamDomain
	}
	return c.AuthenticateServiceURL
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
