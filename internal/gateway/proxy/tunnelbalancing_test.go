package proxy

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/gateway/balance"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/testing/gatewaytest"
)

// tcpRoute is a route for TCP to the upstreams a (with the weight 3) and b, without a
// network.
type tcpRoute struct {
	*compiledRoute
	t     *testing.T
	asked []string
	down  string // the upstream that takes no connection
	meet  func() // during each connecting
}

func newTCPRoute(t *testing.T, b Balancing) *tcpRoute {
	t.Helper()
	matched, allowed := gatewaytest.Route(t, "https://redis.example.com", policy.Access{AnyUser: true})
	cfg := &Config{Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	r := &tcpRoute{t: t, compiledRoute: &compiledRoute{Route: &Route{
		Route: matched, Policy: allowed, Balancing: b, To: []Upstream{{URL: mustURL("tcp://a:1"), Weight: 3}, {URL: mustURL("tcp://b:1"), Weight: 1}},
	}}}
	if err := cfg.compileTunnel(r.compiledRoute, &forwarder{}, newTransports(nil, "")); err != nil {
		t.Fatal(err)
	}
	r.connect = func(_ context.Context, _, addr string) (net.Conn, error) {
		name := strings.TrimSuffix(addr, ":1")
		r.asked = append(r.asked, name)
		if r.meet != nil {
			r.meet()
		}
		if r.down == name {
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		}
		conn, _ := net.Pipe()
		return conn, nil
	}
	return r
}

// open opens a connection for a client of an address. It returns the name of the
// upstream, and what ends the connection.
func (r *tcpRoute) open(from string) (upstream string, end func(), err error) {
	x := &exchange{route: r.compiledRoute, addr: netip.MustParseAddr(from)}
	conn, err := x.dial(r.t.Context())
	if err != nil {
		x.leave()
		return "", nil, err
	}
	conn.Close()
	return strings.TrimSuffix(x.target.host, ":1"), x.leave, nil
}

// count opens connections of one client, and counts where they lead.
func (r *tcpRoute) count(n int) map[string]int {
	r.t.Helper()
	got := map[string]int{}
	for range n {
		name, end, err := r.open("192.0.2.1")
		if err != nil {
			r.t.Fatal(err)
		}
		end()
		got[name]++
	}
	return got
}

// Connections for TCP are spread as requests are.
func TestConnectionsAreSpreadByThePolicyOfTheRoute(t *testing.T) {
	if got := newTCPRoute(t, Balancing{}).count(40); got["a"] != 30 || got["b"] != 10 {
		t.Errorf("in turns: got %v, want three to one", got)
	}
	if got := newTCPRoute(t, Balancing{Policy: balance.Random}).count(400); got["a"] <= got["b"] || got["b"] == 0 {
		t.Errorf("at random: got %v, want both, a more often", got)
	}
	for _, p := range []balance.Policy{balance.RingHash, balance.Maglev} {
		r := newTCPRoute(t, Balancing{Policy: p})
		got := r.count(10)
		if len(got) != 1 {
			t.Errorf("%s: got %v, want one for all connections of a client", p, got)
		}
		for name := range got {
			r.down = name
		}
		if other := r.count(10); len(other) != 1 || other[r.down] != 0 {
			t.Errorf("%s without %s: got %v, want the other", p, r.down, other)
		}
	}
}

func TestTheUpstreamWithTheFewestConnectionsIsChosen(t *testing.T) {
	r := newTCPRoute(t, Balancing{Policy: balance.LeastRequest})
	open := map[string][]func(){}
	for range 8 {
		name, end, err := r.open("192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		open[name] = append(open[name], end)
	}
	if len(open["a"]) != 6 || len(open["b"]) != 2 {
		t.Fatalf("got %d and %d, want six and two as the weights say", len(open["a"]), len(open["b"]))
	}
	for _, end := range open["b"] {
		end()
	}
	if name, _, _ := r.open("192.0.2.1"); name != "b" {
		t.Errorf("after the end of its connections: got %s, want b", name)
	}
}

func TestAnUpstreamThatTakesNoConnectionIsLeftOut(t *testing.T) {
	r := newTCPRoute(t, Balancing{Outliers: ejectAtOnce})
	r.down = "a"
	if got := r.count(4); got["b"] != 4 {
		t.Errorf("got %v, want all connections at b", got)
	}
	if asked := strings.Join(r.asked, " "); strings.Count(asked, "a") != 1 {
		t.Errorf("asked %s, want a once", asked)
	}
}

func TestLimitsOfConnections(t *testing.T) {
	one, two := 1, 2
	for name, c := range map[string]struct {
		b    Balancing
		room int
	}{
		"under way":     {Balancing{Limits: balance.Limits{Requests: &one}}, 1},
		"each upstream": {Balancing{Connections: &two}, 4},
	} {
		r := newTCPRoute(t, c.b)
		var ends []func()
		for i := range c.room {
			_, end, err := r.open("192.0.2.1")
			if err != nil {
				t.Fatalf("%s: connection %d: %v", name, i+1, err)
			}
			ends = append(ends, end)
		}
		if _, _, err := r.open("192.0.2.1"); !errors.Is(err, ErrUpstreamBusy) {
			t.Errorf("%s: got %v, want %v", name, err, ErrUpstreamBusy)
		}
		ends[0]()
		if _, _, err := r.open("192.0.2.1"); err != nil {
			t.Errorf("%s: after the end of one: %v", name, err)
		}
	}

	r := newTCPRoute(t, Balancing{Limits: balance.Limits{Pending: &one}})
	var within error
	r.meet = func() {
		r.meet = nil
		_, _, within = r.open("192.0.2.1")
	}
	if _, _, err := r.open("192.0.2.1"); err != nil || !errors.Is(within, ErrUpstreamBusy) {
		t.Errorf("got %v, and %v while it waits; want none, and %v", err, within, ErrUpstreamBusy)
	}

	r = newTCPRoute(t, Balancing{Limits: balance.Limits{Retries: new(int)}})
	r.down = "a"
	if _, _, err := r.open("192.0.2.1"); !errors.Is(err, ErrUpstreamDown) || len(r.asked) != 1 {
		t.Errorf("without another try: got %v after %v, want %v after one", err, r.asked, ErrUpstreamDown)
	}

	r = newTCPRoute(t, Balancing{Limits: balance.Limits{Retries: &one}})
	r.down = "a"
	r.meet = func() {
		if len(r.asked) == 2 { // the other try is under way
			r.meet = nil
			_, _, within = r.open("192.0.2.1")
		}
	}
	if _, _, err := r.open("192.0.2.1"); err != nil || !errors.Is(within, ErrUpstreamDown) || strings.Join(r.asked, " ") != "a b a" {
		t.Errorf("got %v, and %v during the other try, asked %v; want none, and %v", err, within, r.asked, ErrUpstreamDown)
	}
}

// Health checks ask the upstreams of a route for TCP: for a connection, or by HTTP at
// its port.
func TestHealthChecksOfARouteForTCP(t *testing.T) {
	for name, check := range map[string]balance.Check{
		"TCP":  {TCP: &balance.TCPCheck{}},
		"HTTP": {HTTP: &balance.HTTPCheck{Path: "/healthz"}},
	} {
		t.Run(name, func(t *testing.T) {
			good := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			t.Cleanup(good.Close)
			bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }))
			t.Cleanup(bad.Close)
			if check.TCP != nil {
				bad.Close()
			}
			var once sync.Once
			checked := make(chan struct{})
			check.Timeout, check.Interval = 10*time.Second, time.Hour
			w := newTunnelWorld(t, func(_ *world, c *Config) {
				c.Log = slog.New(hears{"an upstream is left out", func() { once.Do(func() { close(checked) }) }})
				for _, r := range c.Routes {
					if r.From.Host == "redis.example.com" {
						r.To = tcpTo(strings.TrimPrefix(good.URL, "http://"), strings.TrimPrefix(bad.URL, "http://"))
						r.Balancing.Checks = []balance.Check{check}
					}
				}
			})
			<-checked
			for _, u := range w.gateway.Upstreams() {
				if want := strings.HasSuffix(good.URL, strings.TrimPrefix(u.Upstream, "tcp")); u.Up != want {
					t.Errorf("%s is up: got %t, want %t", u.Upstream, u.Up, want)
				}
			}
			credential, _ := w.credential("redis.example.com")
			if got, _, _ := w.send(connectTo("redis.example.com:6379", credential)); got != 200 {
				t.Errorf("got %d, want 200 by the upstream that is up", got)
			}
		})
	}
}
