package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

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
}

// Answer is what would happen to the request.
type Answer struct {
	Route    *proxy.Route // nil if no route is for the URL
	Other    string       // which other part answers the host, in words; "" if none does
	Decision policy.Decision
	// Identity is the caller as the rules see them; nil if nobody is signed in.
	Identity *identity.Identity
}

// Explain decides about a request by the rules of a configuration, with the
// functions that real requests go through.
func Explain(c *config.Config, q Question) (*Answer, error) {
	routes, table, err := routeTable(c)
	if err != nil {
		return nil, err
	}
	path := q.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	cleaned, err := cleaningOf(c).Clean(path)
	if err != nil {
		return nil, fmt.Errorf("the path %s is refused: %w", path, err)
	}
	matched := table.MatchCleaned(q.URL.Hostname(), q.URL.Port(), cleaned)
	i := slices.IndexFunc(routes, func(r *proxy.Route) bool { return r.Route == matched })
	if i < 0 {
		return &Answer{Other: partAt(c, q.URL.Hostname())}, nil
	}
	asked := q.request(cleaned, believesUnverified(c))
	return &Answer{Route: routes[i], Decision: routes[i].Policy.Decide(asked), Identity: asked.Identity}, nil
}

// believesUnverified reports whether the providers of a configuration may call an
// address unverified and are believed all the same.
func believesUnverified(c *config.Config) bool {
	if c.IDPProvider != "" || c.Access == nil {
		return c.IDPAllowUnverifiedEmail
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
	r := &policy.Request{Method: q.Method, Path: path.Path, AltPath: path.Alternate, Host: q.URL.Hostname()}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	if q.Claims != nil {
		id := identity.FromClaims(q.Claims, allowUnverified)
		r.Identity = &id
	}
	return r
}
