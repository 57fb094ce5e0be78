package server

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/identity"
)

// Question is a request that [Explain] decides about.
type Question struct {
	Method string
	URL    *url.URL
	Claims map[string]any // of the caller; nil if nobody is signed in
	// SourceIP is where the request comes from. The zero value: from no known network.
	SourceIP netip.Addr
	// Certificates are those that the client sends, its own first. nil: it sends none.
	Certificates []*x509.Certificate
	// Tool is the tool that a message of the Model Context Protocol calls. "": none.
	Tool string
}

// Answer is what would happen to the request.
type Answer struct {
	Route    *proxy.Route // nil if no route is for the URL
	Other    string       // which other part answers the host, in words; "" if none does
	Own      bool         // the gateway answers the path by itself, in the place of a route
	Decision policy.Decision
	// Identity is the caller as the rules see them; nil if nobody is signed in.
	Identity *identity.Identity
}

// Explain decides about a request by the rules of a configuration, with the
// functions that real requests go through.
func Explain(c *config.Config, q Question) (*Answer, error) {
	r, err := rulesOf(c)
	if err != nil {
		return nil, err
	}
	return r.answer(q)
}

// rules are those of a configuration, compiled for many questions.
type rules struct {
	c      *config.Config
	order  []*proxy.Route // as they are tried
	routes map[*route.Route]*proxy.Route
	table  *route.Table
}

func rulesOf(c *config.Config) (*rules, error) {
	routes, table, err := routeTable(c)
	if err != nil {
		return nil, err
	}
	r := &rules{c: c, order: routes, routes: make(map[*route.Route]*proxy.Route, len(routes)), table: table}
	for _, one := range routes {
		r.routes[one.Route] = one
	}
	return r, nil
}

func (r *rules) answer(q Question) (*Answer, error) {
	path := q.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	cleaned, err := cleaningOf(r.c).Clean(path)
	if err != nil {
		return nil, fmt.Errorf("the path %s is refused: %w", path, err)
	}
	matched := r.table.MatchCleaned(q.URL.Hostname(), q.URL.Port(), cleaned)
	if target, tcp := tunnelTarget(q.URL); tcp {
		matched, cleaned, q.Method = r.table.MatchTunnel(target), route.Cleaned{Path: "/", Escaped: "/"}, http.MethodConnect
	}
	found := r.routes[matched]
	if found == nil {
		return &Answer{Other: partAt(r.c, q.URL.Hostname())}, nil
	}
	if u := r.c.AuthenticateServiceURL; proxy.OwnPath(cleaned.Path, u != nil && hostname.Of(u.Host) == hostname.Of(q.URL.Host)) {
		return &Answer{Own: true}, nil
	}
	asked := q.request(cleaned, believesUnverified(r.c))
	if len(q.Certificates) > 0 {
		asked.Certificate, asked.CertificateValid = q.Certificates[0], found.Certificates != nil && found.Certificates.Verify(q.Certificates, time.Now()) == nil
	}
	return &Answer{Route: found, Decision: found.Decide(asked), Identity: asked.Identity}, nil
}

// tunnelTarget returns the target of CONNECT that a URL means, and whether it means
// one: tcp+https://redis.example.com:6379, or tcp+https://proxy.example.com/redis:6379.
func tunnelTarget(u *url.URL) (string, bool) {
	if !strings.HasPrefix(u.Scheme, "tcp+") {
		return "", false
	}
	target := cmp.Or(strings.Trim(u.Path, "/"), u.Host)
	if host, port, ok := hostname.Parse(target); ok && port == "" {
		target = net.JoinHostPort(host, "443")
	}
	return target, true
}

// believesUnverified reports whether the providers of a configuration may call an
// address unverified and are believed all the same.
func believesUnverified(c *config.Config) bool {
	if own := c.AllProviders(); len(own) > 0 || c.Access == nil {
		return len(own) > 0 && !slices.ContainsFunc(own, func(p config.Provider) bool { return !p.AllowUnverifiedEmail })
	}
	distrusts := func(p config.IdentityProvider) bool { return !p.Config.AllowUnverifiedEmail }
	return len(c.Access.IdentityProviders) > 0 && !slices.ContainsFunc(c.Access.IdentityProviders, distrusts)
}

// partAt returns which part beside the routes answers a host, or "".
func partAt(c *config.Config, host string) string {
	for _, role := range append(directoryRoles(c.Directory), signInRoles(c)...) {
		if hostname.Of(role.Host) == hostname.Of(host) {
			return role.Part
		}
	}
	return ""
}

// request is what the policy decides about.
func (q Question) request(path route.Cleaned, allowUnverified bool) *policy.Request {
	r := &policy.Request{Method: q.Method, Path: path.Path, AltPath: path.Alternate, Host: q.URL.Hostname(), SourceIP: q.SourceIP}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	if q.Tool != "" {
		r.Tools = []string{q.Tool}
	}
	if q.Claims != nil {
		id := identity.FromClaims(q.Claims, allowUnverified)
		r.Identity = &id
	}
	return r
}
