package proxy

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
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
	needsIdentity bool
	upgrades      []string
	timeout       time.Duration // 0: none

	request  []headerTo // set_request_headers
	jwt      bool       // a template of request needs the assertion
	remove   []string   // remove_request_headers, canonical
	response http.Header
	rewrites []HeaderRewrite

	targets []*target // one entry for each unit of weight
	turn    atomic.Uint32
	proxy   http.Handler
}

type headerTo struct {
	name     string
	template headerTemplate
}

// target is an upstream as the proxy needs it.
type target struct{ scheme, host string }

// maxWeights bounds the table that weights are spread over.
const maxWeights = 1000

func (c *compiled) compileRoute(r *Route) (*compiledRoute, error) {
	cr := &compiledRoute{Route: r, label: r.Name, needsIdentity: r.Policy.NeedsIdentity(), upgrades: r.Upgrades, rewrites: r.RewriteResponseHeaders}
	if cr.label == "" {
		cr.label = r.From.String()
	}
	cr.timeout = c.timeoutOf(r)
	cr.response = c.responseHeaders(r)
	for _, name := range sortedKeys(r.SetRequestHeaders) {
		if strings.EqualFold(name, "Host") || strings.HasPrefix(name, ":") {
			return nil, fmt.Errorf("set_request_headers: %s can't be set; use host_rewrite for the host", name)
		}
		value := r.SetRequestHeaders[name]
		cr.request = append(cr.request, headerTo{textproto.CanonicalMIMEHeaderKey(name), parseTemplate(value)})
		cr.jwt = cr.jwt || strings.Contains(value, "pomerium.jwt")
	}
	for _, name := range r.RemoveRequestHeaders {
		cr.remove = append(cr.remove, textproto.CanonicalMIMEHeaderKey(name))
	}
	if r.fixed() {
		return cr, nil
	}
	if err := cr.spread(r.To); err != nil {
		return nil, err
	}
	transport, err := c.transports.of(r)
	if err != nil {
		return nil, err
	}
	if len(cr.targets) > 1 {
		cr.proxy = c.newProxy(failover{transport})
	} else {
		cr.proxy = c.newProxy(transport)
	}
	return cr, nil
}

func (c *compiled) timeoutOf(r *Route) time.Duration {
	switch {
	case r.Timeout != nil:
		return *r.Timeout
	case len(r.Upgrades) > 0:
		return 0 // Pomerium: an upgraded connection lives as long as it likes
	case c.cfg.UpstreamTimeout > 0:
		return c.cfg.UpstreamTimeout
	}
	return defaultUpstreamTimeout
}

// spread lays the upstreams out by their weights, evenly mixed, so that taking
// one after the other gives each its share.
func (cr *compiledRoute) spread(to []Upstream) error {
	if len(to) == 0 {
		return errors.New("the route has no target: one of to, redirect and response is required")
	}
	total := 0
	weights, credit := make([]int, len(to)), make([]int, len(to))
	for i, u := range to {
		if _, err := targetOf(u.URL); err != nil {
			return err
		}
		weights[i] = max(u.Weight, 1)
		total += weights[i]
	}
	if total > maxWeights {
		return fmt.Errorf("to: the weights add up to %d, more than %d; use smaller ones", total, maxWeights)
	}
	// Smooth weighted round robin: whoever has most credit goes next.
	for range total {
		best := 0
		for i := range to {
			credit[i] += weights[i]
			if credit[i] > credit[best] {
				best = i
			}
		}
		credit[best] -= total
		t, _ := targetOf(to[best].URL)
		cr.targets = append(cr.targets, t)
	}
	return nil
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

// pick chooses the upstream of a request.
func (cr *compiledRoute) pick(x *exchange) *target {
	if len(cr.targets) == 1 {
		return cr.targets[0]
	}
	switch cr.Balancing {
	case Random:
		return cr.targets[rand.IntN(len(cr.targets))]
	case Sticky:
		h := fnv.New32a()
		if x.session != nil {
			h.Write([]byte(x.session.ID))
		} else {
			h.Write(x.addr.AsSlice())
		}
		return cr.targets[h.Sum32()%uint32(len(cr.targets))]
	}
	return cr.targets[cr.turn.Add(1)%uint32(len(cr.targets))]
}

// allowsUpgrade reports whether a route lets a connection change its protocol.
func (cr *compiledRoute) allowsUpgrade(protocol string) bool {
	return slices.Contains(cr.upgrades, strings.ToLower(protocol))
}
