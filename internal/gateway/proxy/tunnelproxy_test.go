package proxy

import (
	"bufio"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
)

// upstreamProxy is a proxy for HTTP that answers each CONNECT with head, and then, if
// that is of a success, joins the connection with an upstream.
type upstreamProxy struct {
	*httptest.Server
	head string
	got  chan *http.Request
}

const established = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nX-Of-The-Proxy: 1\r\n\r\n" // the length says nothing (RFC 9110 §9.3.6)

func newUpstreamProxy(t *testing.T, secure bool, upstream string) *upstreamProxy {
	t.Helper()
	p := &upstreamProxy{head: established, got: make(chan *http.Request, 10)}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.got <- r
		client, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer client.Close()
		io.WriteString(client, p.head)
		if !strings.HasPrefix(p.head, "HTTP/1.1 2") || !strings.Contains(p.head, "\r\n\r\n") {
			return
		}
		target, err := net.Dial("tcp", upstream)
		if err != nil {
			t.Error(err)
			return
		}
		defer target.Close()
		go func() {
			io.Copy(target, client)
			target.(*net.TCPConn).CloseWrite()
		}()
		io.Copy(client, target)
	}))
	p.Server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		p.StartTLS()
	} else {
		p.Start()
	}
	t.Cleanup(p.Close)
	return p
}

// newProxiedWorld is a world with a route for TCP through a proxy.
func newProxiedWorld(t *testing.T, secure bool, change func(*Route)) (*tunnelWorld, *upstreamProxy) {
	t.Helper()
	var p *upstreamProxy
	w := newTunnelWorld(t, func(w *world, c *Config) {
		p = newUpstreamProxy(t, secure, strings.TrimPrefix(c.Routes[3].To[0].URL.String(), "tcp://"))
		pool := x509.NewCertPool()
		if secure {
			pool.AddCert(p.Certificate())
		}
		c.Routes = append(c.Routes, w.route("https://far.example.com", policy.Access{Users: []string{"alice@example.com"}}, func(r *Route) {
			r.Tunnels, r.To, r.TLS = []string{"far.example.com:6379", "far.example.com:443"}, to(p.URL), UpstreamTLS{CAs: pool}
			change(r)
		}))
	})
	return w, p
}

func TestATunnelThroughAProxy(t *testing.T) {
	for name, tt := range map[string]struct {
		secure bool
		change func(*Route)
		want   string // the target that the proxy is asked for; "": its own
	}{
		"what the program names": {false, func(r *Route) { r.Rewrite.PreserveHost = true }, "far.example.com:6379"},
		"what the route names":   {false, func(r *Route) { r.Rewrite.Host = "db.internal:5432" }, "db.internal:5432"},
		"its own host":           {false, func(r *Route) {}, ""},
		"by TLS":                 {true, func(r *Route) { r.Rewrite.PreserveHost = true }, "far.example.com:6379"},
	} {
		t.Run(name, func(t *testing.T) {
			w, p := newProxiedWorld(t, tt.secure, func(r *Route) {
				r.SetRequestHeaders = map[string]string{"Proxy-Authorization": "Basic abc"}
				r.PassIdentity = true
				tt.change(r)
			})
			credential, s := w.credential("far.example.com")
			head := strings.Replace(connectTo("far.example.com:6379", credential), "\n\n", "\nX-Of-The-Client: 1\nX-Pomerium-Claim-Email: bob@example.com\nCookie: a=b\n\n", 1)
			status, conn, r := w.send(head + "early\n")
			if status != 200 {
				t.Fatalf("got %d, want 200", status)
			}
			asked := <-p.got
			want := tt.want
			if want == "" {
				want = p.Listener.Addr().String()
			}
			if asked.Host != want || asked.RequestURI != want {
				t.Errorf("the proxy was asked for %q by %q, want %q", asked.RequestURI, asked.Host, want)
			}
			if got := asked.Header; got.Get("Proxy-Authorization") != "Basic abc" || got.Get(headerAssertion) == "" || got.Get("X-Pomerium-Claim-Email") != "alice@example.com" {
				t.Errorf("the proxy got %v, want the headers of the route and of the identity", got)
			}
			for _, name := range []string{"X-Of-The-Client", "Cookie", "Authorization", "User-Agent"} {
				if got := asked.Header.Values(name); got != nil {
					t.Errorf("the proxy got %s: %q of the client", name, got)
				}
			}
			fmt.Fprint(conn, "hello\n")
			for _, want := range []string{"EARLY\n", "HELLO\n"} {
				if got, err := r.ReadString('\n'); err != nil || strings.TrimSpace(got) != strings.TrimSpace(want) {
					t.Errorf("got %q and the error %v, want %q", got, err, want)
				}
			}
			// The end of the session ends the connection through the proxy, too.
			if _, err := w.Sessions.End(t.Context(), session.Scope{ID: s.ID}); err != nil {
				t.Fatal(err)
			}
			if rest, _ := io.ReadAll(r); len(rest) > 0 && string(rest) != "GOODBYE\n" {
				t.Errorf("after the end of the session: got %q", rest)
			}
		})
	}
}

// What the target says with the proxy's answer, or the client before it, is not lost, and
// the end of one direction is passed on.
func TestNothingIsLostThroughAProxy(t *testing.T) {
	w, p := newProxiedWorld(t, false, func(r *Route) { r.Rewrite.PreserveHost = true })
	p.head = established + "WELCOME\n"
	credential, _ := w.credential("far.example.com")
	status, conn, r := w.send(connectTo("far.example.com:6379", credential) + "early\n")
	if status != 200 {
		t.Fatalf("got %d, want 200", status)
	}
	fmt.Fprint(conn, "hello\n")
	conn.CloseWrite()
	if rest, err := io.ReadAll(r); err != nil || strings.ReplaceAll(string(rest), "\r", "") != "WELCOME\nEARLY\nHELLO\nGOODBYE\n" {
		t.Errorf("got %q and the error %v, want everything in order", rest, err)
	}
}

func TestAProxyThatMakesNoConnection(t *testing.T) {
	for name, head := range map[string]string{
		"refuses":              "HTTP/1.1 403 Forbidden\r\nX-Of-The-Proxy: 1\r\nContent-Length: 0\r\n\r\n",
		"asks for a password":  "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n",
		"leads elsewhere":      "HTTP/1.1 302 Found\r\nLocation: https://evil.example.net/\r\n\r\n",
		"changes the protocol": "HTTP/1.1 101 Switching Protocols\r\n\r\n",
		"goes on":              "HTTP/1.1 100 Continue\r\n\r\n",
		"fails":                "HTTP/1.1 502 Bad Gateway\r\n\r\n",
		"says nothing":         "\r\n\r\n",
		"is no proxy":          "SSH-2.0-OpenSSH\r\n",
		"has no end":           "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: b\r\n", 20_000),
		"breaks off":           "HTTP/1.1 200 OK\r\nX-A",
	} {
		t.Run(name, func(t *testing.T) {
			w, p := newProxiedWorld(t, false, func(r *Route) { r.Rewrite.PreserveHost = true })
			p.head = head
			credential, _ := w.credential("far.example.com")
			conn := w.dial("http/1.1")
			fmt.Fprint(conn, strings.ReplaceAll(connectTo("far.example.com:6379", credential), "\n", "\r\n"))
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != 502 {
				t.Errorf("got %d, want 502", resp.StatusCode)
			}
			for _, name := range []string{"X-Of-The-Proxy", "Proxy-Authenticate", "Location"} {
				if resp.Header.Get(name) != "" {
					t.Errorf("the client got the proxy's %s", name)
				}
			}
		})
	}
}

// A proxy whose certificate nobody vouches for gets neither headers nor bytes.
func TestAProxyThatIsNotTrusted(t *testing.T) {
	w, p := newProxiedWorld(t, true, func(r *Route) { r.Rewrite.PreserveHost, r.TLS.CAs = true, x509.NewCertPool() })
	credential, _ := w.credential("far.example.com")
	if got, _, _ := w.send(connectTo("far.example.com:6379", credential) + "secret\n"); got != 502 {
		t.Errorf("got %d, want 502", got)
	}
	if len(p.got) > 0 {
		t.Error("the proxy was asked")
	}
}

// The policy of the route decides as for every other, before the proxy hears of it.
func TestNobodyReachesAProxyWithoutRight(t *testing.T) {
	w, p := newProxiedWorld(t, false, func(r *Route) { r.Rewrite.PreserveHost = true })
	app, _ := w.credential("app.example.com")
	mine, _ := w.credential("far.example.com")
	for name, tt := range map[string]struct {
		head string
		want int
	}{
		"nobody":          {"CONNECT far.example.com:6379 HTTP/1.1\nHost: far.example.com:6379\n\n", 302},
		"an app's":        {connectTo("far.example.com:6379", app), 302},
		"another target":  {connectTo("169.254.169.254:80", mine), 404},
		"the proxy":       {connectTo(p.Listener.Addr().String(), mine), 404},
		"a smuggled line": {connectTo("far.example.com:6379\r\nX-A: b", mine), 400},
	} {
		if got, _, _ := w.send(tt.head); got != tt.want {
			t.Errorf("%s: got %d, want %d", name, got, tt.want)
		}
	}
	if len(p.got) > 0 {
		t.Error("the proxy was asked")
	}
}

// pomerium-cli asks for a route whose URL has no port without one.
func TestATargetWithoutAPort(t *testing.T) {
	w, p := newProxiedWorld(t, false, func(r *Route) { r.Rewrite.PreserveHost = true })
	credential, _ := w.credential("far.example.com")
	for _, authority := range []string{"far.example.com", "FAR.example.com.", "far.example.com:443"} {
		status, conn, _ := w.send(connectTo(authority, credential))
		if status != 200 {
			t.Fatalf("%s: got %d, want 200", authority, status)
		}
		conn.Close()
		if got := (<-p.got).Host; !strings.HasPrefix(strings.ToLower(got), "far.example.com") || !strings.HasSuffix(got, ":443") {
			t.Errorf("%s: the proxy was asked for %q, want the port of https", authority, got)
		}
	}
	for _, authority := range []string{"far.example.com:", "a@far.example.com", "redis.example.com", "[far.example.com]", "far.example.com/"} {
		if got, _, _ := w.send(connectTo(authority, credential)); got != 400 {
			t.Errorf("%s: got %d, want 400", authority, got)
		}
	}
}
