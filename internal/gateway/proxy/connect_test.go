package proxy

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/limit"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
)

// tcpUpstream answers each line with itself in capitals. At the client's last word it
// says goodbye. got has a value for each connection, gone for each that was cut.
type tcpUpstream struct {
	address   string
	got, gone chan struct{}
}

func newTCPUpstream(t *testing.T) *tcpUpstream {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	u := &tcpUpstream{ln.Addr().String(), make(chan struct{}, 100), make(chan struct{}, 100)}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go u.serve(conn)
		}
	}()
	return u
}

func (u *tcpUpstream) serve(conn net.Conn) {
	defer conn.Close()
	u.got <- struct{}{}
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			u.gone <- struct{}{}
			if err == io.EOF {
				fmt.Fprintln(conn, "GOODBYE")
			}
			return
		}
		fmt.Fprint(conn, strings.ToUpper(line))
	}
}

// reached reports whether a connection came.
func (u *tcpUpstream) reached() bool {
	select {
	case <-u.got:
		return true
	default:
		return false
	}
}

func tcpTo(addresses ...string) (all []Upstream) {
	for _, a := range addresses {
		all = append(all, Upstream{URL: mustURL("tcp://" + a)})
	}
	return all
}

// lineLog is a log whose lines are waited for.
type lineLog struct{ lines chan string }

func (l *lineLog) Write(p []byte) (int, error) {
	l.lines <- string(p)
	return len(p), nil
}

// tunnelWorld is a world with routes for TCP, at a listener of its own.
type tunnelWorld struct {
	*world
	upstream *tcpUpstream
	server   *httptest.Server
	log      *lineLog      // of the requests
	handled  chan struct{} // has a value for each handler that returned
}

func newTunnelWorld(t *testing.T, change func(*world, *Config)) *tunnelWorld {
	t.Helper()
	u := newTCPUpstream(t)
	w := newWorld(t, func(w *world, c *Config) {
		for from, tunnels := range map[string][]string{
			"https://redis.example.com":         {"redis.example.com:6379"},
			"https://proxy.example.com:" + port: {"db.internal:5432", "[fd00::1]:22", "192.0.2.1:22"},
			"https://*.wild.example.com":        {"*.wild.example.com:22"},
		} {
			c.Routes = append(c.Routes, w.route(from, policy.Access{Users: []string{"alice@example.com"}}, func(r *Route) { r.Tunnels, r.To = tunnels, tcpTo(u.address) }))
		}
		c.Routes = append(c.Routes, w.route("https://other.example.com", policy.Access{Users: []string{"bob@example.com"}}, func(r *Route) { r.Tunnels, r.To = []string{"other.example.com:22"}, tcpTo(u.address) }))
		if change != nil {
			change(w, c)
		}
	})
	log := &lineLog{make(chan string, 100)}
	gateway := w.gateway
	observer := &web.Observer{Log: slog.New(slog.NewJSONHandler(log, nil))}
	handled := make(chan struct{}, 100)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { handled <- struct{}{} }()
		observer.Wrap(gateway).ServeHTTP(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return &tunnelWorld{w, u, server, log, handled}
}

// credential returns what a program has that signed in at host.
func (w *tunnelWorld) credential(host string) (string, *session.Session) {
	w.t.Helper()
	cookie, s := w.knownSession(host, map[string]any{})
	cookies := w.gateway.live.Load().pomerium.cookies
	handle := cookies.open(cookie.Value, host)
	return cookies.credential(handle, host, s).Reveal(), s
}

// dial opens a connection to the gateway, of HTTP/1.1 if the protocol is so.
func (w *tunnelWorld) dial(protocol string) *tls.Conn {
	w.t.Helper()
	conn, err := tls.Dial("tcp", w.server.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{protocol}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second)) // for a test that fails
	return conn
}

// send sends the head of a CONNECT as it is written, and returns the answer and what
// comes after it.
func (w *tunnelWorld) send(head string) (int, *tls.Conn, *bufio.Reader) {
	w.t.Helper()
	conn := w.dial("http/1.1")
	fmt.Fprint(conn, strings.ReplaceAll(head, "\n", "\r\n"))
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, &http.Request{Method: http.MethodConnect})
	if err != nil {
		w.t.Fatalf("%q: %v", head, err)
	}
	return resp.StatusCode, conn, r
}

func connectTo(authority, credential string) string {
	return "CONNECT " + authority + " HTTP/1.1\nHost: " + authority + "\nAuthorization: Pomerium " + credential + "\n\n"
}

func TestAProgramReachesAnUpstreamByCONNECT(t *testing.T) {
	w := newTunnelWorld(t, nil)
	for authority, host := range map[string]string{
		"redis.example.com:6379": "redis.example.com", "REDIS.Example.COM:6379": "redis.example.com", "redis.example.com.:6379": "redis.example.com", "redis.example.com:06379": "redis.example.com",
		"db.internal:5432": "proxy.example.com", "[fd00::1]:22": "proxy.example.com", "[FD00:0::0001]:22": "proxy.example.com", "192.0.2.1:22": "proxy.example.com",
		"a.wild.example.com:22": "a.wild.example.com",
	} {
		t.Run(authority, func(t *testing.T) {
			credential, _ := w.credential(host)
			status, conn, r := w.send(connectTo(authority, credential) + "early\n")
			if status != 200 {
				t.Fatalf("got %d, want 200", status)
			}
			fmt.Fprint(conn, "hello\n")
			for _, want := range []string{"EARLY\r\n", "HELLO\n"} {
				if got, err := r.ReadString('\n'); err != nil || got != want {
					t.Errorf("got %q and the error %v, want %q", got, err, want)
				}
			}
			// The client has said its last, and hears the upstream's answer to that.
			conn.CloseWrite()
			if rest, err := io.ReadAll(r); err != nil || string(rest) != "GOODBYE\n" {
				t.Errorf("got %q and the error %v, want the goodbye", rest, err)
			}
		})
	}
}

func TestATunnelOverHTTP2(t *testing.T) {
	w := newTunnelWorld(t, nil)
	credential, s := w.credential("redis.example.com")
	open := func(authority, credential string) (*http.Response, *io.PipeWriter) {
		body, in := io.Pipe()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodConnect, "https://"+w.server.Listener.Addr().String(), body)
		if err != nil {
			t.Fatal(err)
		}
		r.Host, r.URL.Opaque = authority, authority
		r.Header.Set("Authorization", "Pomerium "+credential)
		resp, err := w.server.Client().Transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { in.Close(); resp.Body.Close() })
		return resp, in
	}
	resp, in := open("redis.example.com:6379", credential)
	if resp.StatusCode != 200 || resp.ProtoMajor != 2 {
		t.Fatalf("got %d over %s, want 200 over HTTP/2", resp.StatusCode, resp.Proto)
	}
	r := bufio.NewReader(resp.Body)
	fmt.Fprint(in, "hello\n")
	if got, err := r.ReadString('\n'); err != nil || got != "HELLO\n" {
		t.Errorf("got %q and the error %v, want HELLO", got, err)
	}
	in.Close()
	if rest, err := io.ReadAll(r); err != nil || string(rest) != "GOODBYE\n" {
		t.Errorf("got %q and the error %v, want the goodbye", rest, err)
	}
	resp, _ = open("redis.example.com:6379", credential)
	if _, err := w.Sessions.End(t.Context(), session.Scope{ID: s.ID}); err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(resp.Body); len(rest) > 0 {
		t.Errorf("after the end of the session: got %q, want nothing", rest)
	}
	for authority, want := range map[string]int{"redis.example.com:6379": 302, "redis.example.com:22": 404} {
		if resp, _ := open(authority, credential); resp.StatusCode != want {
			t.Errorf("%s: got %d, want %d", authority, resp.StatusCode, want)
		}
	}
}

func TestNobodyReachesAnUpstreamWithoutRight(t *testing.T) {
	w := newTunnelWorld(t, nil)
	redis, _ := w.credential("redis.example.com")
	proxied, _ := w.credential("proxy.example.com")
	app, _ := w.credential("app.example.com")
	other, _ := w.credential("other.example.com")
	ended, s := w.credential("redis.example.com")
	if _, err := w.Sessions.End(t.Context(), session.Scope{ID: s.ID}); err != nil {
		t.Fatal(err)
	}
	internal := w.upstream.address
	for name, tt := range map[string]struct {
		head string
		want int
	}{
		"nobody":                      {"CONNECT redis.example.com:6379 HTTP/1.1\nHost: redis.example.com:6379\n\n", 302},
		"nonsense":                    {connectTo("redis.example.com:6379", "nonsense"), 302},
		"an ended session":            {connectTo("redis.example.com:6379", ended), 302},
		"a credential of an app":      {connectTo("redis.example.com:6379", app), 302},
		"somebody else's":             {connectTo("other.example.com:22", other), 403},
		"another port":                {connectTo("redis.example.com:22", redis), 404},
		"no port":                     {connectTo("redis.example.com", redis), 400},
		"an empty port":               {connectTo("redis.example.com:", redis), 400},
		"port 0":                      {connectTo("redis.example.com:0", redis), 400},
		"a port that is too large":    {connectTo("redis.example.com:71915", redis), 400},
		"the proxy itself":            {connectTo("proxy.example.com:"+port, proxied), 404},
		"what only the proxy can see": {connectTo(internal, redis), 404},
		"an address of the cloud":     {connectTo("169.254.169.254:80", redis), 404},
		"an application":              {connectTo("app.example.com:"+port, app), 404},
		"a zone":                      {connectTo("[fd00::1%25eth0]:22", proxied), 400},
		"a path":                      {"CONNECT /redis.example.com:6379 HTTP/1.1\nHost: redis.example.com:6379\nAuthorization: Pomerium " + redis + "\n\n", 400},
		"a URL":                       {"CONNECT http://redis.example.com:6379/ HTTP/1.1\nHost: redis.example.com:6379\nAuthorization: Pomerium " + redis + "\n\n", 400},
		"a user":                      {connectTo("a@redis.example.com:6379", redis), 400},
		"a query":                     {connectTo("redis.example.com:6379?x", redis), 400},
		"content":                     {strings.Replace(connectTo("redis.example.com:6379", redis), "\n\n", "\nContent-Length: 5\n\nhello", 1), 400},
		"chunks":                      {strings.Replace(connectTo("redis.example.com:6379", redis), "\n\n", "\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n", 1), 400},
		"small letters":               {"connect redis.example.com:6379 HTTP/1.1\nHost: redis.example.com:6379\nAuthorization: Pomerium " + redis + "\n\n", 405},
		"a GET":                       {"GET / HTTP/1.1\nHost: redis.example.com:6379\nAuthorization: Pomerium " + redis + "\n\n", 404},
		"a GET at the sign-in host":   {"GET / HTTP/1.1\nHost: redis.example.com\nAuthorization: Pomerium " + redis + "\n\n", 404},
	} {
		if got, _, _ := w.send(tt.head); got != tt.want {
			t.Errorf("%s: got %d, want %d", name, got, tt.want)
		}
	}
	if w.upstream.reached() {
		t.Error("a connection reached the upstream")
	}
	// The target of the request counts, and no header does.
	if got, _, _ := w.send("CONNECT redis.example.com:6379 HTTP/1.1\nHost: evil.example.net\nX-Forwarded-Host: db.internal:5432\nAuthorization: Pomerium " + redis + "\n\n"); got != 200 {
		t.Errorf("another Host: got %d, want 200 by the target", got)
	}
	// A program that goes in at another host for TCP has signed in there.
	if got, _, _ := w.send(connectTo("redis.example.com:6379", proxied)); got != 200 {
		t.Errorf("signed in at the proxy's host: got %d, want 200", got)
	}
}

func TestUpstreamsOfTheOtherKind(t *testing.T) {
	w := newTunnelWorld(t, nil)
	for name, change := range map[string]func(*Route){
		"a route for TCP with an application": func(r *Route) { r.Tunnels, r.To = []string{"a.example.com:1"}, to("h2c://127.0.0.1:1") },
		"a route for TCP with a proxy too": func(r *Route) {
			r.Tunnels, r.To = []string{"a.example.com:1"}, to("tcp://127.0.0.1:1", "http://127.0.0.1:1")
		},
		"a route for TCP without a port": func(r *Route) { r.Tunnels, r.To = []string{"a.example.com:1"}, to("tcp://a") },
		"a route for TCP with nothing":   func(r *Route) { r.Tunnels, r.To = []string{"a.example.com:1"}, nil },
		"an application with TCP":        func(r *Route) { r.To = to("tcp://127.0.0.1:1") },
	} {
		next := w.cfg
		next.Routes = append(next.Routes[:1:1], w.route("https://a.example.com", policy.Access{AnyUser: true}, change))
		if err := w.gateway.Reload(next); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}

func TestCONNECTWithoutRoutesForTCP(t *testing.T) {
	w := newWorld(t, nil)
	if got := w.raw("CONNECT app.example.com:" + port + " HTTP/1.1\nHost: app.example.com:" + port + "\n\n"); got != 405 {
		t.Errorf("got %d, want 405", got)
	}
}

// A program asks the host of the route for a link, as pomerium-cli does at the port of
// HTTPS.
func TestAProgramSignsInAtTheHostOfATunnel(t *testing.T) {
	w := newTunnelWorld(t, nil)
	for host, authority := range map[string]string{"redis.example.com": "redis.example.com:6379", "proxy.example.com": "db.internal:5432"} {
		link := w.browser().Open("https://"+host+"/.pomerium/api/v1/login?pomerium_redirect_uri="+url.QueryEscape("http://127.0.0.1:8000")).Want(200, "/.pomerium/sign_in?").Body
		done := signInAt(w.browser().Step(), link).Location()
		if done == nil || done.Host != "127.0.0.1:8000" {
			t.Fatalf("%s: got %v, want the program's address", host, done)
		}
		if got, _, _ := w.send(connectTo(authority, done.Query().Get(paramJWT))); got != 200 {
			t.Errorf("%s: got %d, want 200", authority, got)
		}
	}
}

func TestATunnelEndsWithItsSessionAndItsRoute(t *testing.T) {
	for name, end := range map[string]func(*tunnelWorld, *session.Session) error{
		"the session": func(w *tunnelWorld, s *session.Session) error {
			_, err := w.Sessions.End(t.Context(), session.Scope{ID: s.ID})
			return err
		},
		"the route": func(w *tunnelWorld, _ *session.Session) error {
			next := w.cfg
			next.Routes = next.Routes[:3]
			return w.gateway.Reload(next)
		},
		"the right": func(w *tunnelWorld, _ *session.Session) error {
			next := w.cfg
			next.Routes = append(next.Routes[:3:3], w.route("https://redis.example.com", policy.Access{Users: []string{"bob@example.com"}}, func(r *Route) {
				r.Tunnels, r.To = []string{"redis.example.com:6379"}, tcpTo(w.upstream.address)
			}))
			return w.gateway.Reload(next)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTunnelWorld(t, nil)
			credential, s := w.credential("redis.example.com")
			status, conn, r := w.send(connectTo("redis.example.com:6379", credential))
			if status != 200 {
				t.Fatalf("got %d, want 200", status)
			}
			fmt.Fprint(conn, "hello\n")
			if got, err := r.ReadString('\n'); got != "HELLO\n" {
				t.Fatalf("got %q and the error %v, want HELLO", got, err)
			}
			if err := w.gateway.Reload(w.cfg); err != nil { // the same rules cut nothing
				t.Fatal(err)
			}
			fmt.Fprint(conn, "again\n")
			if got, err := r.ReadString('\n'); got != "AGAIN\n" {
				t.Fatalf("after a reload: got %q and the error %v, want AGAIN", got, err)
			}
			if err := end(w, s); err != nil {
				t.Fatal(err)
			}
			if rest, err := io.ReadAll(r); len(rest) > 0 || !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("got %q and the error %v, want an end that is not the target's", rest, err)
			}
			<-w.upstream.gone
		})
	}
}

func TestATunnelTakesTheNextUpstream(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	w := newTunnelWorld(t, func(w *world, c *Config) {
		for _, r := range c.Routes {
			if r.From.Host == "redis.example.com" {
				r.To = append(tcpTo(closed.Addr().String()), r.To...)
			}
			if r.From.Host == "proxy.example.com" {
				r.To = tcpTo(closed.Addr().String())
			}
		}
	})
	credential, _ := w.credential("redis.example.com")
	for range 4 {
		if got, _, _ := w.send(connectTo("redis.example.com:6379", credential)); got != 200 {
			t.Errorf("got %d, want 200 by the upstream that answers", got)
		}
	}
	credential, _ = w.credential("proxy.example.com")
	if got, _, _ := w.send(connectTo("db.internal:5432", credential)); got != 503 {
		t.Errorf("no upstream answers: got %d, want 503", got)
	}
}

func TestLargeDataThroughATunnel(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		io.Copy(conn, conn)
	}()
	w := newTunnelWorld(t, func(w *world, c *Config) {
		for _, r := range c.Routes {
			if r.From.Host == "redis.example.com" {
				r.To = tcpTo(ln.Addr().String())
			}
		}
	})
	credential, _ := w.credential("redis.example.com")
	status, conn, r := w.send(connectTo("redis.example.com:6379", credential))
	if status != 200 {
		t.Fatalf("got %d, want 200", status)
	}
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	go func() {
		conn.Write(want)
		conn.CloseWrite()
	}()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %d bytes and the error %v, want %d", len(got), err, len(want))
	}
}

// The family of addresses and the time to connect are those of the file, as for HTTP.
func TestATunnelIsConnectedAsTheFileSays(t *testing.T) {
	for name, change := range map[string]func(c *Config, r *Route){
		"IPv6 alone":         func(c *Config, _ *Route) { c.UpstreamFamily = "6" },
		"no time to connect": func(_ *Config, r *Route) { r.Balancing.ConnectTimeout = 1 },
	} {
		w := newTunnelWorld(t, func(_ *world, c *Config) {
			for _, r := range c.Routes {
				if r.From.Host == "redis.example.com" {
					change(c, r)
				}
			}
		})
		credential, _ := w.credential("redis.example.com")
		if status, _, _ := w.send(connectTo("redis.example.com:6379", credential)); status != 503 {
			t.Errorf("%s: got %d, want 503 from an upstream at 127.0.0.1", name, status)
		}
	}
}

// rate_limit counts the connections of a route for TCP.
func TestTheConnectionsOfAPersonAreLimited(t *testing.T) {
	w := newTunnelWorld(t, func(w *world, c *Config) {
		for _, r := range c.Routes {
			if r.Tunnels != nil {
				r.Limit = limit.Rate{Requests: 2, Per: time.Hour}
			}
		}
	})
	credential, _ := w.credential("redis.example.com")
	for i, want := range []int{200, 200, 429} {
		if got, conn, _ := w.send(connectTo("redis.example.com:6379", credential)); got != want {
			t.Errorf("connection %d: got %d, want %d", i+1, got, want)
		} else if got != 200 {
			conn.Close()
		}
	}
	w.upstream.reached()
	w.upstream.reached()
	if w.upstream.reached() {
		t.Error("the refused connection reached the upstream")
	}
	other, _ := w.credential("proxy.example.com")
	if got, _, _ := w.send(connectTo("db.internal:5432", other)); got != 200 {
		t.Errorf("another route: got %d, want 200", got)
	}
}

// The log of decisions has those about tunnels too.
func TestTheDecisionAboutATunnelIsLogged(t *testing.T) {
	log := &lockedBuffer{}
	w := newTunnelWorld(t, func(w *world, c *Config) {
		c.AuthorizeFields, c.Log = []string{"user"}, slog.New(slog.NewJSONHandler(log, nil))
	})
	credential, _ := w.credential("redis.example.com")
	_, conn, _ := w.send(connectTo("redis.example.com:6379", credential))
	conn.Close()
	if got := lines(t, log, "authorize check"); len(got) != 1 || got[0]["allow"] != true || got[0]["user"] == nil {
		t.Errorf("got %v, want one decision that allows", got)
	}
}

// A route for TCP that asks for a late sign-in takes no other, and says what is missing.
func TestATunnelAsksForASignInThatIsNotLongAgo(t *testing.T) {
	w := newTunnelWorld(t, func(w *world, c *Config) {
		for _, r := range c.Routes {
			if r.Tunnels != nil {
				r.Reauthenticate = 15 * time.Minute
			}
		}
	})
	credential, _ := w.credential("redis.example.com") // of a sign-in whose time nobody knows
	if got, _, _ := w.send(connectTo("redis.example.com:6379", credential)); got != 401 {
		t.Errorf("got %d, want 401", got)
	}
	if w.upstream.reached() {
		t.Error("the refused connection reached the upstream")
	}
}

// Routes for TCP at one host are different routes, after a reload too.
func TestAReloadKeepsTheLimitOfEachRouteForTCP(t *testing.T) {
	proxy := "https://proxy.example.com:" + port
	w := newTunnelWorld(t, func(w *world, c *Config) {
		for _, target := range []string{"a.internal:1", "b.internal:1", "c.internal:1"} {
			c.Routes = append(c.Routes, w.route(proxy, policy.Access{Users: []string{"alice@example.com"}}, func(r *Route) {
				r.Tunnels, r.To, r.Limit = []string{target}, tcpTo("127.0.0.1:1"), limit.Rate{Requests: 1, Per: time.Hour} // nothing listens
			}))
		}
	})
	credential, _ := w.credential("proxy.example.com")
	ask := func(want map[string]int) {
		t.Helper()
		for target, want := range want {
			if got, _, _ := w.send(connectTo(target, credential)); got != want {
				t.Errorf("%s: got %d, want %d", target, got, want)
			}
		}
	}
	ask(map[string]int{"a.internal:1": 503, "b.internal:1": 503})
	if err := w.gateway.Reload(w.cfg); err != nil {
		t.Fatal(err)
	}
	ask(map[string]int{"a.internal:1": 429, "b.internal:1": 429, "c.internal:1": 503}) // each has one
}
