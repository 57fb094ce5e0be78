package proxy

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/gateway/balance"
)

// ErrUpstreamBusy refuses a request because too much is under way already.
var ErrUpstreamBusy = fault.New(fault.Unavailable, "upstream_busy", "Too many requests are under way to the application at the moment.")

var errNoneUp = errors.New("no upstream of the route is up")

// defaultPanic is how many percent of upstreams must be up for the others to be left
// out. Envoy: healthy_panic_threshold.
const defaultPanic = 50

// Balancing says how a route spreads its requests over its upstreams. The zero
// value takes them in turns, and asks none whether it is up.
type Balancing struct {
	Policy         balance.Policy
	Checks         []balance.Check
	Outliers       *balance.Outliers
	Panic          *int // percent; nil: 50
	Limits         balance.Limits
	Connections    *int          // to each upstream; nil: no limit
	ConnectTimeout time.Duration // 0: ten seconds
}

// balances reports whether requests must be counted or spread at all.
func (r *Route) balances() bool {
	b := r.Balancing
	return len(r.To) > 1 || len(b.Checks) > 0 || b.Outliers != nil || b.Limits != (balance.Limits{})
}

// limitsConnections reports whether connections, or the wait for them, are counted.
func (b Balancing) limitsConnections() bool { return b.Connections != nil || b.Limits.Pending != nil }

// newSet returns the upstreams of a route, which go on with what the configuration
// before knows of them.
func (cfg *Config) newSet(cr *compiledRoute, ts *transports, before *balance.Set) *balance.Set {
	b := cr.Balancing
	c := balance.Config{
		Policy: b.Policy, Checks: b.Checks, Outliers: b.Outliers, Panic: defaultPanic, Limits: b.Limits, Now: cfg.Now,
		Network: balance.Network{Transport: func(http2 bool) http.RoundTripper { return ts.asking(cr.Route, http2) }, Dial: ts.dial},
		Changed: func(t balance.Target, up bool, why string) { cfg.logChange(cr.label, t, up, why) },
	}
	if b.Panic != nil {
		c.Panic = *b.Panic
	}
	for i, u := range cr.To {
		t := cr.targets[i]
		c.Hosts = append(c.Hosts, balance.Target{Name: u.URL.String(), Weight: u.Weight, URL: &url.URL{Scheme: t.scheme, Host: t.host}})
	}
	return balance.New(c, before)
}

func (cfg *Config) logChange(route string, t balance.Target, up bool, why string) {
	attrs := []any{slog.String("route", route), slog.String("upstream", t.Name), slog.String("reason", why)}
	if up {
		cfg.Log.Info("an upstream is back", attrs...)
		return
	}
	cfg.Log.Warn("an upstream is left out", attrs...)
}

// choose picks the upstream of a request. leave ends what it began.
func (x *exchange) choose() error {
	cr := x.route
	if cr.set == nil {
		x.target = cr.targets[0]
		return nil
	}
	if !cr.set.Enter() {
		return ErrUpstreamBusy
	}
	h := cr.set.Pick(x.balancingKey(), nil)
	if h == nil {
		cr.set.Leave()
		return ErrUpstreamDown.Because(errNoneUp)
	}
	x.goTo(h)
	return nil
}

// goTo sends an exchange to an upstream, perhaps instead of another one.
func (x *exchange) goTo(h *balance.Host) {
	if x.upstream != nil {
		x.upstream.End()
	}
	h.Begin()
	x.upstream, x.target = h, x.route.targets[h.Index]
}

func (x *exchange) leave() {
	if x.upstream != nil {
		x.upstream.End()
		x.route.set.Leave()
	}
}

// balancingKey is what decides about the upstream if the same one serves a person
// always. Pomerium: the session, else the address of the client.
func (x *exchange) balancingKey() uint64 {
	switch {
	case !x.route.set.Keyed():
		return 0
	case x.session != nil:
		return balance.Hash(string(x.session.ID))
	}
	return balance.Hash(x.addr.String())
}

// Describe says how requests are spread if it is not in turns, and what leaves an
// upstream out, each in one line.
func (b Balancing) Describe() (all []string) {
	if b.Policy != balance.RoundRobin {
		all = append(all, b.Policy.String())
	}
	for i := range b.Checks {
		all = append(all, b.Checks[i].String())
	}
	if b.Outliers != nil {
		all = append(all, b.Outliers.String())
	}
	return append(all, b.limits()...)
}

func (b Balancing) limits() (all []string) {
	for _, l := range []struct {
		n    *int
		what string
	}{{b.Limits.Requests, "requests under way"}, {b.Limits.Pending, "requests that wait for a connection"}, {b.Connections, "connections to each upstream"}, {b.Limits.Retries, "requests sent to another upstream"}} {
		if l.n != nil {
			all = append(all, fmt.Sprintf("at most %d %s", *l.n, l.what))
		}
	}
	return all
}

// UpstreamState says whether an upstream of a route gets requests.
type UpstreamState struct {
	Route, Upstream string
	Cluster         string // the name of the route's upstreams in Pomerium's log: route-<id>
	Up              bool
}

// Upstreams returns the upstreams about which something is known: those of routes
// with several, with health checks or with outlier detection.
func (g *Gateway) Upstreams() (all []UpstreamState) {
	for _, s := range g.live.Load().sets {
		s.set.Each(func(t balance.Target, up bool) { all = append(all, UpstreamState{s.label, t.Name, s.cluster, up}) })
	}
	return all
}

// balanced is a set of upstreams with the name of the route that it is for.
type balanced struct {
	label, cluster string
	set            *balance.Set
}

// known returns what a route is known by in the next configuration.
func (cr *compiledRoute) known() string {
	return cr.From.String() + " " + cmp.Or(strings.Join(cr.Tunnels, " "), cr.Regex, cr.Path, cr.Prefix)
}

// earlier returns the same route in the configuration before, whose state goes on. It
// returns an empty one if there is none.
func (f *forwarder) earlier(cr *compiledRoute) *compiledRoute {
	if before := f.before[cr.known()]; before != nil {
		return before
	}
	return &compiledRoute{}
}

// knownRoutes returns the routes by what the next configuration knows them by.
func (l *live) knownRoutes() map[string]*compiledRoute {
	if l == nil {
		return nil
	}
	all := make(map[string]*compiledRoute, len(l.routes))
	for _, cr := range l.routes {
		all[cr.known()] = cr
	}
	return all
}
