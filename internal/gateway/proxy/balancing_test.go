package proxy

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/gateway/balance"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/upstream"
)

// named returns upstreams that answer with their own name: a, b, c, …
func named(t *testing.T, n int, h http.HandlerFunc) []Upstream {
	t.Helper()
	var all []Upstream
	for i := range n {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Upstream", string(rune('a'+i)))
			if h != nil {
				h(w, r)
			}
		}))
		t.Cleanup(server.Close)
		all = append(all, to(server.URL)...)
	}
	return all
}

// asked returns which upstreams answer n requests.
func asked(w *world, n int, change func(*http.Request)) map[string]int {
	w.t.Helper()
	got := map[string]int{}
	for range n {
		r, err := http.NewRequest("GET", address("https://x.example.com/"), nil)
		if err != nil {
			w.t.Fatal(err)
		}
		if change != nil {
			change(r)
		}
		resp, err := w.network.Client().Do(r)
		if err != nil {
			w.t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		got[resp.Header.Get("X-Upstream")]++
	}
	return got
}

func TestRequestsAreSpreadByWeight(t *testing.T) {
	w := newWorld(t, public(func(r *Route) {
		r.To = named(t, 2, nil)
		r.To[0].Weight, r.To[1].Weight = 3000, 1000
	}))
	if got := asked(w, 40, nil); got["a"] != 30 || got["b"] != 10 {
		t.Errorf("got %v, want three to one", got)
	}
}

func TestAClientStaysWithItsUpstream(t *testing.T) {
	for _, p := range []balance.Policy{balance.RingHash, balance.Maglev} {
		w := newWorld(t, func(w *world, c *Config) {
			c.TrustedHops = 1
			public(func(r *Route) { r.To, r.Balancing.Policy = named(t, 4, nil), p })(w, c)
		})
		seen := map[string]bool{}
		for i := range 40 {
			got := asked(w, 3, func(r *http.Request) { r.Header.Set("X-Forwarded-For", net.IPv4(10, 0, 0, byte(i)).String()) })
			if len(got) != 1 {
				t.Fatalf("policy %d: one address went to %v, want one upstream", p, got)
			}
			for name := range got {
				seen[name] = true
			}
		}
		if len(seen) != 4 {
			t.Errorf("policy %d: all addresses went to %v, want all four", p, seen)
		}
	}
}

func TestASessionStaysWithItsUpstreamFromEveryAddress(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.TrustedHops = 1
		c.Routes = append(c.Routes, w.route("https://x.example.com", policy.Access{AnyUser: true}, func(r *Route) {
			r.To, r.Balancing.Policy = named(t, 4, nil), balance.RingHash
		}))
	})
	seen := map[string]bool{}
	for range 12 {
		cookie, _ := w.knownSession("x.example.com", nil)
		i := byte(0)
		got := asked(w, 6, func(r *http.Request) {
			i++
			r.AddCookie(cookie)
			r.Header.Set("X-Forwarded-For", net.IPv4(10, 0, 0, i).String())
		})
		if len(got) != 1 || got[""] > 0 {
			t.Fatalf("one session went to %v, want one upstream", got)
		}
		for name := range got {
			seen[name] = true
		}
	}
	if len(seen) < 2 {
		t.Errorf("12 sessions went to %v, want more than one upstream", seen)
	}
}

func TestAnUpstreamThatFailsIsLeftOut(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(t, func(w *world, c *Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		public(func(r *Route) {
			r.Name = "wiki"
			r.To = named(t, 2, func(rw http.ResponseWriter, _ *http.Request) {
				if rw.Header().Get("X-Upstream") == "a" {
					rw.WriteHeader(http.StatusInternalServerError)
				}
			})
			r.Balancing.Outliers = &balance.Outliers{Consecutive5xx: balance.Threshold{Count: 2, Enforcing: 100}, BaseTime: time.Hour, MaxTime: time.Hour, MaxPercent: 10}
		})(w, c)
	})
	if got := asked(w, 20, nil); got["a"] != 2 || got["b"] != 18 {
		t.Errorf("got %v, want no request for a after two failures", got)
	}
	for _, want := range []string{"an upstream is left out", "route=wiki", "http://127.0.0.1", `reason="2 failures one after the other"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q: %s", want, log.String())
		}
	}
	up := map[bool]int{}
	for _, u := range w.gateway.Upstreams() {
		up[u.Up]++
	}
	if up[true] != 1 || up[false] != 1 {
		t.Errorf("got %v, want one upstream that is up and one that is not", w.gateway.Upstreams())
	}
	if err := w.gateway.Reload(w.cfg); err != nil {
		t.Fatal(err)
	}
	if got := asked(w, 20, nil); got["a"] != 0 {
		t.Errorf("after a reload a got %d requests, want none", got["a"])
	}
}

func TestAClientThatLeavesIsNoFailureOfTheUpstream(t *testing.T) {
	for name, tt := range map[string]struct {
		cancel bool
		left   int
	}{"the client left": {true, 2}, "the connection broke": {false, 1}} {
		ctx, cancel := context.WithCancel(t.Context())
		w := sends(t, balance.Config{Outliers: ejectAtOnce}, func(*http.Request) (*http.Response, error) {
			if tt.cancel {
				cancel()
			}
			return nil, io.ErrUnexpectedEOF
		})
		w.send(ctx)
		cancel()
		left := map[*balance.Host]bool{}
		for range 4 {
			left[w.set.Pick(0, nil)] = true
		}
		if len(left) != tt.left {
			t.Errorf("%s: %d upstreams are left, want %d", name, len(left), tt.left)
		}
	}
}

var ejectAtOnce = &balance.Outliers{Consecutive5xx: balance.Threshold{Count: 1, Enforcing: 100}, BaseTime: time.Hour, MaxTime: time.Hour, MaxPercent: 100}

// sender sends requests of a route with two upstreams to a function.
type sender struct {
	t   *testing.T
	set *balance.Set
	failover
}

func sends(t *testing.T, cfg balance.Config, next roundTrip) *sender {
	cfg.Now, cfg.Hosts = time.Now, []balance.Target{{Name: "a"}, {Name: "b"}}
	set := balance.New(cfg, nil)
	return &sender{t, set, failover{next, set}}
}

func (s *sender) exchange() *exchange {
	return &exchange{route: &compiledRoute{Route: &Route{}, set: s.set, targets: []*target{{scheme: "http", host: "a"}, {scheme: "http", host: "b"}}}}
}

func (s *sender) send(ctx context.Context) error {
	s.t.Helper()
	x := s.exchange()
	if err := x.choose(); err != nil {
		s.t.Fatal(err)
	}
	defer x.leave()
	r, err := http.NewRequestWithContext(context.WithValue(ctx, exchangeKey{}, x), "GET", "http://a/", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = s.RoundTrip(r)
	return err
}

// Who sends a body that is none takes no upstream away from the others.
func TestABrokenBodyIsNoFailureOfTheUpstream(t *testing.T) {
	w := newWorld(t, public(func(r *Route) {
		r.To = named(t, 2, func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
		r.Balancing.Outliers = ejectAtOnce
	}))
	for _, body := range []string{
		"Transfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n", "Transfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
	} {
		for range 4 { // more than there are upstreams
			conn := w.network.Dial(true)
			io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x.example.com:"+port+"\r\n"+body)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || resp.StatusCode != 400 {
				t.Errorf("%.50q: got %v, %v; want 400", body, resp, err)
			}
			conn.Close()
		}
	}
	if got := asked(w, 10, nil); got["a"] != 5 || got["b"] != 5 {
		t.Errorf("after the broken bodies: got %v, want both upstreams", got)
	}
}

func TestHealthChecksLeaveUpstreamsOut(t *testing.T) {
	var once sync.Once
	checked := make(chan struct{})
	w := newWorld(t, func(w *world, c *Config) {
		c.Log = slog.New(hears{"an upstream is left out", func() { once.Do(func() { close(checked) }) }})
		public(func(r *Route) {
			r.To = named(t, 2, func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/healthz" && rw.Header().Get("X-Upstream") == "a" {
					rw.WriteHeader(http.StatusServiceUnavailable)
				}
			})
			r.Balancing.Checks = []balance.Check{{Timeout: 10 * time.Second, Interval: time.Hour, HTTP: &balance.HTTPCheck{Path: "/healthz"}}}
		})(w, c)
	})
	<-checked
	if got := asked(w, 10, nil); got["a"] != 0 || got["b"] != 10 {
		t.Errorf("got %v, want all requests at b", got)
	}
}

// hears is a log that calls a function when it hears a message.
type hears struct {
	message string
	do      func()
}

func (hears) Enabled(context.Context, slog.Level) bool { return true }
func (h hears) Handle(_ context.Context, r slog.Record) error {
	if r.Message == h.message {
		h.do()
	}
	return nil
}
func (h hears) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h hears) WithGroup(string) slog.Handler      { return h }

func TestWithoutAnUpstreamThatIsUpTheAnswerIs503(t *testing.T) {
	none := 0
	w := newWorld(t, public(func(r *Route) {
		r.To = named(t, 1, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) })
		r.Balancing.Panic = &none
		r.Balancing.Outliers = &balance.Outliers{Consecutive5xx: balance.Threshold{Count: 1, Enforcing: 100}, BaseTime: time.Hour, MaxTime: time.Hour, MaxPercent: 100}
	}))
	if got := asked(w, 1, nil); got["a"] != 1 {
		t.Fatalf("got %v", got)
	}
	w.browser().Open("https://x.example.com/").Want(503, "does not answer")
}

func TestTooManyRequestsUnderWay(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	one := 1
	w := newWorld(t, public(func(r *Route) {
		r.To = named(t, 2, func(rw http.ResponseWriter, _ *http.Request) {
			entered <- struct{}{}
			<-release
		})
		r.Balancing.Limits.Requests = &one
	}))
	done := make(chan struct{})
	go func() { asked(w, 1, nil); close(done) }()
	<-entered
	w.browser().Open("https://x.example.com/").Want(503, "Too many requests are under way")
	close(release)
	<-done
}

func TestTheEndOfARequestMakesRoom(t *testing.T) {
	one := 1
	s := sends(t, balance.Config{Limits: balance.Limits{Requests: &one}}, nil)
	first, second := s.exchange(), s.exchange()
	if err := first.choose(); err != nil {
		t.Fatal(err)
	}
	if err := second.choose(); !errors.Is(err, ErrUpstreamBusy) {
		t.Errorf("got %v, want %v", err, ErrUpstreamBusy)
	}
	second.leave()
	first.leave()
	if err := second.choose(); err != nil {
		t.Errorf("after the end of the first: got %v", err)
	}
}

func TestTooManyRequestsWaitForAConnection(t *testing.T) {
	one, depth := 1, 0
	var within, after error
	var s *sender
	s = sends(t, balance.Config{Limits: balance.Limits{Pending: &one}, Outliers: ejectAtOnce}, func(r *http.Request) (*http.Response, error) {
		if depth++; depth > 1 {
			return &http.Response{StatusCode: 200}, nil
		}
		within = s.send(r.Context()) // while this request waits
		httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
		after = s.send(t.Context())
		return &http.Response{StatusCode: 200}, nil
	})
	if err := s.send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(within, ErrUpstreamBusy) || after != nil {
		t.Errorf("while another waits: got %v; after it has a connection: %v; want only the first refused", within, after)
	}
	if err := s.send(t.Context()); err != nil {
		t.Errorf("after all: %v", err)
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	two := 2
	ts := newTransports(nil, "")
	limited := &Route{Balancing: Balancing{Connections: &two}}
	if got := ts.make(limited, speaksEither).(upstream.General); got.MaxConnsPerHost != 2 || got == ts.make(&Route{Balancing: Balancing{Connections: &two}}, speaksEither) {
		t.Errorf("got %d connections, want 2, and a transport for each route", got.MaxConnsPerHost)
	}
	if ts.make(&Route{}, speaksEither) != ts.make(&Route{}, speaksEither) {
		t.Error("routes without limits have no common transport")
	}
}

// An upstream that took the connection may have seen the request, whatever became
// of it.
func TestARequestThatAnUpstreamMayHaveSeenIsNotSentAgain(t *testing.T) {
	cut, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cut.Close() })
	go func() {
		for {
			conn, err := cut.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 1))
			conn.Close()
		}
	}()
	w := newWorld(t, public(func(r *Route) { r.To = append(to("http://"+cut.Addr().String()), named(t, 1, nil)...) }))
	statuses := map[int]int{}
	for range 4 {
		statuses[w.browser().Send("POST", "https://x.example.com/", strings.NewReader("body")).Status]++
	}
	if statuses[502] != 2 || statuses[200] != 2 {
		t.Errorf("got %v, want the requests that met the first upstream to fail", statuses)
	}
}

func TestABodyThatWasReadIsNotSentAgain(t *testing.T) {
	body := &kept{Reader: strings.NewReader("body")}
	if body.touched() {
		t.Error("touched before it was read")
	}
	body.Close() // as a transport does after a lost connection
	if got, err := io.ReadAll(body); string(got) != "body" || err != nil {
		t.Errorf("got %q, %v after Close, want all of it", got, err)
	}
	if !body.touched() {
		t.Error("not touched after it was read")
	}
	if (*kept)(nil).touched() {
		t.Error("no body counts as touched")
	}
}

// A transport that reads the body and then can't connect: no one may get the rest.
func TestFailoverLeavesATouchedBody(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: errors.New("refused")}
	tries := 0
	s := sends(t, balance.Config{}, func(r *http.Request) (*http.Response, error) {
		tries++
		if r.Body != nil {
			r.Body.Read(make([]byte, 1))
		}
		return nil, refused
	})
	for _, tt := range []struct {
		body io.Reader
		want int
	}{{strings.NewReader("x"), 1}, {nil, 2}} {
		x := s.exchange()
		if err := x.choose(); err != nil {
			t.Fatal(err)
		}
		tries = 0
		r, _ := http.NewRequestWithContext(context.WithValue(t.Context(), exchangeKey{}, x), "POST", "http://a/", tt.body)
		if _, err := s.RoundTrip(r); !errors.Is(err, refused) || tries != tt.want {
			t.Errorf("got %v after %d tries, want %d", err, tries, tt.want)
		}
		x.leave()
	}
}

// An upstream may close a kept connection at any moment. Who asks next does not
// notice.
func TestAKeptConnectionThatTheUpstreamClosed(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
				}
			}()
		}
	}()
	w := newWorld(t, public(func(r *Route) { r.To = to("http://" + ln.Addr().String()) }))
	for range 10 {
		w.browser().Open("https://x.example.com/").Want(200, "hello")
	}
}

// Whichever upstream takes a request in place of those that are down, it is asked by its own
// name, on the short road and with a body.
func TestTheUpstreamThatTakesARequestIsAskedByItsName(t *testing.T) {
	var mu sync.Mutex
	var names []string
	alive := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		names = append(names, r.Host)
	}))
	defer alive.Close()
	for _, method := range []string{"GET", "POST"} {
		names = nil
		w := newWorld(t, public(func(r *Route) {
			r.To = slices.Concat(to(down(t)), to(down(t)), to(down(t)), to(alive.URL))
		}))
		got := asked(w, 4, func(r *http.Request) {
			if r.Method = method; method == "POST" {
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader("body")), 4
			}
		})
		want := strings.TrimPrefix(alive.URL, "http://")
		if len(names) != 4 || slices.ContainsFunc(names, func(name string) bool { return name != want }) {
			t.Errorf("%s: got %v by the names %v, want 4 requests by %s", method, got, names, want)
		}
	}
}

// down returns the URL of an upstream that takes no connections.
func down(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(nil)
	server.Close()
	return server.URL
}
