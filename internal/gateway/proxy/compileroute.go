package proxy

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// defaultUpstreamTimeout is Pomerium's default_upstream_timeout.
const defaultUpstreamTimeout = 30 * time.Second

// compiledRoute is a Route made ready.
type compiledRoute struct {
	*Route
	label         string // for logs
	id            string // see routeID
	index         int    // in the file
	needsIdentity bool
	upgrades      []string
	origins       []string      // whose pages may ask for upgrades in a person's name, besides the route's own
	timeout       time.Duration // 0: none
	idle          time.Duration // without a byte in either direction; 0: no limit

	request  []headerTo // set_request_headers
	jwt      bool       // a template of request needs the assertion
	tokens   bool       // a template of request needs a token of the session
	lends    bool       // request has a credential of the route's own
	remove   []string   // remove_request_headers, canonical
	written  written    // the names of both, and the gateway's own
	response http.Header
	builtIn  map[string]bool // names of response that no file set, and that an upstream may set more strictly
	rewrites []HeaderRewrite

	targets []*target // one entry for each unit of weight
	turn    atomic.Uint32
	proxy   http.Handler
}

type headerTo struct {
	name     string
	template headerTemplate
}

// target is an upstream in the form that the proxy uses.
type target struct{ scheme, host string }

// maxWeights limits the sum of the weights of a route, and so its memory.
const maxWeights = 1000

// compileRoute makes a route ready.
func (cfg *Config) compileRoute(r *Route, f *forwarder, ts *transports) (*compiledRoute, error) {
	cr := &compiledRoute{
		Route: r, label: cmp.Or(r.Name, r.From.String()), id: routeID(r), needsIdentity: r.Policy.NeedsIdentity() || r.Kubernetes != nil, upgrades: r.Upgrades,
		timeout: cfg.timeoutOf(r), response: responseHeaders(r, cfg.defaultResponseHeaders()), builtIn: cfg.builtInHeaders(r), rewrites: r.RewriteResponseHeaders,
	}
	cr.origins, cr.idle = cr.knownOrigins(), cr.idleTimeoutOf()
	if err := cr.compileRequestHeaders(); err != nil {
		return nil, err
	}
	if r.fixed() {
		return cr, nil
	}
	if err := cr.spread(r.To); err != nil {
		return nil, err
	}
	transport, err := ts.upgrading(r)
	if err != nil {
		return nil, err
	}
	cr.proxy = f.newProxy(transport)
	if len(cr.targets) > 1 {
		cr.proxy = f.newProxy(failover{transport})
	}
	return cr, nil
}

// compileRequestHeaders reads set_request_headers and remove_request_headers.
func (cr *compiledRoute) compileRequestHeaders() error {
	for _, name := range sortedKeys(cr.SetRequestHeaders) {
		if strings.EqualFold(name, "Host") || strings.HasPrefix(name, ":") {
			return fmt.Errorf("set_request_headers: %s can't be set; use host_rewrite for the host", name)
		}
		value := cr.SetRequestHeaders[name]
		cr.request = append(cr.request, headerTo{textproto.CanonicalMIMEHeaderKey(name), parseTemplate(value)})
		cr.lends = cr.lends || strings.EqualFold(name, "Authorization")
		cr.jwt = cr.jwt || strings.Contains(value, "pomerium.jwt")
		cr.tokens = cr.tokens || strings.Contains(value, "pomerium.id_token") || strings.Contains(value, "pomerium.access_token")
	}
	for _, name := range cr.RemoveRequestHeaders {
		cr.remove = append(cr.remove, textproto.CanonicalMIMEHeaderKey(name))
	}
	cr.written = newWritten(append(cr.setNames(), cr.remove...))
	return nil
}

// setNames returns the names of the headers that the route sets on requests.
func (cr *compiledRoute) setNames() []string {
	names := make([]string, len(cr.request))
	for i, h := range cr.request {
		names[i] = h.name
	}
	return names
}

func (cfg *Config) timeoutOf(r *Route) time.Duration {
	switch {
	case r.Timeout != nil:
		return *r.Timeout
	case len(r.Upgrades) > 0:
		return 0 // Pomerium: an upgraded connection lives as long as it likes
	case cfg.UpstreamTimeout > 0:
		return cfg.UpstreamTimeout
	}
	return defaultUpstreamTimeout
}

// spread fills targets: each upstream as often as its weight says, evenly
// mixed, so that taking one after the other gives each its share.
func (cr *compiledRoute) spread(to []Upstream) error {
	if len(to) == 0 {
		return errors.New("the route has no target: one of to, redirect and response is required")
	}
	targets, weights, total := make([]*target, len(to)), make([]int, len(to)), 0
	for i, u := range to {
		var err error
		if targets[i], err = targetOf(u.URL); err != nil {
			return err
		}
		weights[i] = max(u.Weight, 1)
		total += weights[i]
	}
	if total > maxWeights {
		return fmt.Errorf("to: the weights add up to %d, more than %d; use smaller ones", total, maxWeights)
	}
	for _, i := range smoothRoundRobin(weights, total) {
		cr.targets = append(cr.targets, targets[i])
	}
	return nil
}

// smoothRoundRobin returns indexes of weights, each as often as its weight,
// evenly mixed: {2, 1} gives 0, 1, 0. In each round every index gains its
// weight as credit; the one with most credit is next and pays total.
func smoothRoundRobin(weights []int, total int) []int {
	var order []int
	credit := make([]int, len(weights))
	for range total {
		best := 0
		for i, weight := range weights {
			credit[i] += weight
			if credit[i] > credit[best] {
				best = i
			}
		}
		credit[best] -= total
		order = append(order, best)
	}
	return order
}

func targetOf(u *url.URL) (*target, error) {
	if u == nil || u.Host == "" {
		return nil, errors.New("to: an upstream has no host")
	}
	switch u.Scheme {
	case "http", "https":
		return &target{u.Scheme, u.Host}, nil
	case "h2c":
		return &target{"http", u.Host}, nil
	}
	return nil, fmt.Errorf("to: the scheme %q is not supported; use http, https or h2c", u.Scheme)
}

// pick returns the upstream of the next request: one after the other.
func (cr *compiledRoute) pick() *target {
	if len(cr.targets) == 1 {
		return cr.targets[0]
	}
	return cr.targets[cr.turn.Add(1)%uint32(len(cr.targets))]
}

// allowsUpgrade reports whether a route lets a connection change its protocol.
func (cr *compiledRoute) allowsUpgrade(protocol string) bool {
	return slices.Contains(cr.upgrades, strings.ToLower(protocol))
}
