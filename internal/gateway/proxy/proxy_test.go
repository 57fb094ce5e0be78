package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/route"
)

// public adds a public route at x.example.com.
func public(change func(*Route)) func(*world, *Config) {
	return func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route("https://x.example.com", policy.Access{Public: true}, change))
	}
}

func to(urls ...string) []Upstream {
	var all []Upstream
	for _, u := range urls {
		all = append(all, Upstream{URL: mustURL(u)})
	}
	return all
}

func TestUpstreamFailures(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(slow.Close)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
	}))
	t.Cleanup(broken.Close)
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "over TLS") }))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	gone, _ := net.Listen("tcp", "127.0.0.1:0")
	gone.Close()
	tests := []struct {
		name   string
		change func(*Route)
		status int
		text   string
	}{
		{"down", func(r *Route) { r.To = to("http://" + gone.Addr().String()) }, 503, "does not answer"},
		{"slow", func(r *Route) { r.To, r.Timeout = to(slow.URL), duration(20*time.Millisecond) }, 504, "too long"},
		{"broken", func(r *Route) { r.To = to(broken.URL) }, 502, "no usable answer"},
		{"certificate unknown", func(r *Route) { r.To = to(secure.URL) }, 502, "could not be verified"},
		{"certificate not checked", func(r *Route) { r.To, r.TLS.SkipVerify = to(secure.URL), true }, 200, "over TLS"},
		{"certificate of a known CA", func(r *Route) {
			r.To, r.TLS.CAs = to(secure.URL), secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
		}, 200, "over TLS"},
		{"certificate of another name", func(r *Route) {
			r.To, r.TLS.CAs = to(secure.URL), secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
			r.TLS.ServerName = "another.example.org"
		}, 502, "could not be verified"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, public(tt.change))
			resp := w.browser().Open("https://x.example.com/").Want(tt.status, tt.text)
			if tt.status != 200 {
				wantIntercepted(t, resp)
			}
		})
	}
}

func TestRewrites(t *testing.T) {
	tests := []struct {
		name, ask  string
		change     func(*Route)
		path, host string // host "": the upstream's
	}{
		{"plain", "/a%20b/c?d=e;f&g=%2F", func(*Route) {}, "/a%20b/c?d=e;f&g=%2F", ""},
		{"prefix", "/api/v1/x", func(r *Route) { r.Prefix, r.Rewrite.Prefix = "/api/", "/" }, "/v1/x", ""},
		{"regex", "/user/7/edit", func(r *Route) {
			r.Rewrite.RegexPattern, r.Rewrite.RegexSubstitution = `^/user/(\d+)/(.*)$`, `/\2/\1`
		}, "/edit/7", ""},
		{"host", "/", func(r *Route) { r.Rewrite.Host = "inner.example.org" }, "/", "inner.example.org"},
		{"host kept", "/", func(r *Route) { r.Rewrite.PreserveHost = true }, "/", "x.example.com:PORT"},
		{"slashes merged, dots resolved", "/a//b/../c", func(*Route) {}, "/a/c", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, public(tt.change))
			w.raw("GET " + tt.ask + " HTTP/1.1\nHost: x.example.com:" + port + "\n\n")
			got := w.Upstream.Got()
			if got == nil {
				t.Fatal("nothing reached the upstream")
			}
			host := strings.Replace(tt.host, "PORT", port, 1)
			if host == "" {
				host = w.Upstream.URL.Host
			}
			if got.RequestURI != tt.path || got.Host != host {
				t.Errorf("got %s at %s, want %s at %s", got.RequestURI, got.Host, tt.path, host)
			}
		})
	}
}

func TestOddRequestsAreRefused(t *testing.T) {
	w := newWorld(t, public(nil))
	host := "\nHost: x.example.com:" + port + "\n\n"
	for _, tt := range []struct {
		request string
		status  int
	}{
		{"GET /a%2fb HTTP/1.1" + host, 400},
		{"GET /../../x HTTP/1.1" + host, 200},
		{"GET http://unknown.example.com/ HTTP/1.1" + host, 404},
		{"GET / HTTP/1.1\nHost: X.EXAMPLE.COM.:" + port + "\n\n", 200},
		{"GET / HTTP/1.1\nHost: x.example.com@evil.example.net\n\n", 400},
		{"GET / HTTP/1.1\nHost: evil.example.net\nX-Forwarded-Host: x.example.com\n\n", 404},
		{"GET //.pomerium/user HTTP/1.1" + host, 404},
	} {
		if got := w.raw(tt.request); got != tt.status && !(tt.status == 404 && got/100 == 3) {
			t.Errorf("%q: got %d, want %d", tt.request, got, tt.status)
		}
	}
}

func TestRedirectsAndFixedResponses(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes,
			w.route("https://old.example.com", policy.Access{Public: true}, func(r *Route) {
				r.To, r.Redirect = nil, &route.Redirect{Host: "new.example.com", Code: 308}
			}),
			w.route("https://fixed.example.com", policy.Access{Public: true}, func(r *Route) { r.To, r.Response = nil, &Response{Status: 418, Body: "teapot"} }),
			w.route("https://closed.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.To, r.Response = nil, &Response{Status: 200, Body: "inside"} }),
		)
	})
	resp := w.browser().Step().Open("https://old.example.com/x?y=1")
	if got := resp.Header.Get("Location"); resp.Status != 308 || got != "https://new.example.com:"+port+"/x?y=1" && got != "https://new.example.com/x?y=1" {
		t.Errorf("got %d to %s", resp.Status, got)
	}
	w.browser().Open("https://fixed.example.com/").Want(418, "teapot")
	if resp := w.browser().Step().Open("https://closed.example.com/"); resp.Status != 302 || strings.Contains(resp.Body, "inside") {
		t.Errorf("got %d, want to be sent to sign in first", resp.Status)
	}
}

func TestResponseHeaders(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			h := rw.Header()
			h.Set("Location", "http://inner/x")
			h.Set("X-Frame-Options", "ALLOW")
			h.Set(headerIntercepted, "true")
			h.Set("X-Request-Id", "theirs")
			h.Add("Set-Cookie", "__Host-_pomerium=evil")
			h.Add("Set-Cookie", "theirs=1")
			rw.WriteHeader(302)
		}))
		w.t.Cleanup(upstream.Close)
		c.TLS = true
		c.Routes = append(c.Routes,
			w.route("https://x.example.com", policy.Access{Public: true}, func(r *Route) {
				r.To = to(upstream.URL)
				r.SetResponseHeaders = map[string]string{"x-added": "yes", "X-XSS-Protection": "0"}
				r.RewriteResponseHeaders = []HeaderRewrite{{Header: "Location", Prefix: "http://inner/", Value: "https://x.example.com/"}}
			}),
			w.route("https://bare.example.com", policy.Access{Public: true}, func(r *Route) { r.To, r.NoResponseHeaders = to(upstream.URL), true }),
		)
	})
	h := w.browser().Step().Open("https://x.example.com/").Header
	for name, want := range map[string]string{
		"Location": "https://x.example.com/x", "X-Frame-Options": "SAMEORIGIN", "X-Xss-Protection": "0", "X-Added": "yes", headerIntercepted: "",
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload", "Set-Cookie": "theirs=1",
	} {
		if got := strings.Join(h.Values(name), "|"); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if ids := h.Values("X-Request-Id"); len(ids) != 1 || ids[0] == "theirs" {
		t.Errorf("got X-Request-Id %v, want only the gateway's id", ids)
	}
	if h := w.browser().Step().Open("https://bare.example.com/").Header; h.Get("X-Frame-Options") != "ALLOW" || h.Get("Strict-Transport-Security") != "" {
		t.Errorf("disabled: got %v, want the upstream's own", h)
	}
}

// What browsers see first of a host is the gateway's: the redirect to sign in.
func TestEveryAnswerOfTheGatewayWantsTLS(t *testing.T) {
	const ours = "max-age=31536000; includeSubDomains; preload"
	for _, tt := range []struct {
		tls    bool
		global map[string]string
		want   string
	}{
		{true, nil, ours}, {true, map[string]string{"strict-transport-security": "max-age=1"}, "max-age=1"}, {true, map[string]string{}, ""}, {false, nil, ""},
	} {
		w := newWorld(t, func(w *world, c *Config) {
			c.TLS, c.ResponseHeaders, c.Front = tt.tls, tt.global, newOtherFront()
			c.Front.(*otherFront).inactive = true
			c.Routes = append(c.Routes, w.route("https://bare.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.NoResponseHeaders = true }))
		})
		cookie, _ := w.knownSession("admin.example.com", nil)
		for _, request := range [][]string{
			{"https://app.example.com/"}, {"https://app.example.com/", "Accept", "application/json"}, {"https://app.example.com//x"}, {"https://app.example.com/.pomerium/user"},
			{"https://app.example.com/ping"}, {"https://app.example.com/.pomerium/sign_out"}, {"https://app.example.com/cdn-cgi/access/certs"}, {"https://app.example.com/%00"},
			{"https://admin.example.com/", "Cookie", cookie.String()}, {"https://admin.example.com/", "Cookie", cookie.String(), "Accept", "application/json"},
			{"https://authenticate.example.com/"}, {"https://authenticate.example.com/.pomerium/"}, {"https://authenticate.example.com/nothing"}, {"https://authenticate.example.com/.well-known/pomerium"},
		} {
			page := w.browser().Step().Open(request[0], request[1:]...)
			if got := strings.Join(page.Header["Strict-Transport-Security"], "|"); got != tt.want {
				t.Errorf("TLS %t, headers %v: %s: %d with %q, want %q", tt.tls, tt.global, request, page.Status, got, tt.want)
			}
		}
		if got := w.browser().Step().Open("https://bare.example.com/").Header.Get("Strict-Transport-Security"); got != "" {
			t.Errorf("a route without headers: got %q, want none", got)
		}
	}
}

func TestWebsockets(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			io.WriteString(rw, "plain")
			return
		}
		conn, buf, _ := rw.(http.Hijacker).Hijack()
		defer conn.Close()
		fmt.Fprintf(buf, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", r.Header.Get("Upgrade"))
		buf.Flush()
		line, _ := buf.ReadString('\n')
		fmt.Fprintf(buf, "echo %s", line)
		buf.Flush()
	}))
	t.Cleanup(upstream.Close)
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes,
			w.route("https://ws.example.com", policy.Access{Public: true}, func(r *Route) { r.To, r.Upgrades = to(upstream.URL), []string{"websocket"} }),
			w.route("https://x.example.com", policy.Access{Public: true}, func(r *Route) { r.To = to(upstream.URL) }),
			w.route("https://old.example.com", policy.Access{Public: true}, func(r *Route) { r.To, r.Upgrades = to(upstream.URL), []string{"spdy/3.1"} }),
		)
		c.Upgrades = []string{"private/1"}
	})
	ask := func(host, upgrade string) (*http.Response, *bufio.Reader, net.Conn) {
		conn := w.network.Dial(true)
		t.Cleanup(func() { conn.Close() })
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s:%s\r\nConnection: keep-alive, Upgrade\r\nUpgrade: %s\r\n\r\n", host, port, upgrade)
		r := bufio.NewReader(conn)
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		return resp, r, conn
	}
	resp, r, conn := ask("ws.example.com", "WebSocket")
	if resp.StatusCode != 101 {
		t.Fatalf("got %d, want 101", resp.StatusCode)
	}
	fmt.Fprint(conn, "hello\n")
	if line, _ := r.ReadString('\n'); line != "echo hello\n" {
		t.Errorf("got %q, want the echo", line)
	}
	if resp, _, _ := ask("ws.example.com", "spdy/3.1"); resp.StatusCode != 403 {
		t.Errorf("another protocol: got %d, want 403", resp.StatusCode)
	}
	if resp, _, _ := ask("x.example.com", "websocket"); resp.StatusCode != 403 {
		t.Errorf("websockets off: got %d, want 403", resp.StatusCode)
	}
	for host, protocol := range map[string]string{"old.example.com": "SPDY/3.1", "x.example.com": "private/1"} {
		resp, r, conn := ask(host, protocol)
		if resp.StatusCode != 101 || resp.Header.Get("Upgrade") != protocol {
			t.Errorf("%s: got %d %v, want it let through", protocol, resp.StatusCode, resp.Header)
			continue
		}
		fmt.Fprint(conn, "hello\n")
		if line, _ := r.ReadString('\n'); line != "echo hello\n" {
			t.Errorf("%s: got %q, want the echo", protocol, line)
		}
	}
	if resp, _, _ := ask("x.example.com", "h2c"); resp.StatusCode != 200 {
		t.Errorf("an offer of HTTP/2: got %d, want it ignored", resp.StatusCode)
	}
}

func TestStreamsAreNotBuffered(t *testing.T) {
	release := make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(rw, "data: one\n\n")
		rw.(http.Flusher).Flush()
		<-release
	}))
	t.Cleanup(upstream.Close)
	defer close(release)
	w := newWorld(t, public(func(r *Route) { r.To = to(upstream.URL) }))
	resp, err := w.network.Client().Get(address("https://x.example.com/"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	line, err := bufio.NewReader(resp.Body).ReadString('\n')
	if line != "data: one\n" {
		t.Errorf("got %q, %v, want the first event while the stream is open", line, err)
	}
}

func TestUnavailableUpstreamIsSkipped(t *testing.T) {
	gone, _ := net.Listen("tcp", "127.0.0.1:0")
	gone.Close()
	w := newWorld(t, public(func(r *Route) { r.To = append(to("http://"+gone.Addr().String()), r.To...) }))
	for range 4 {
		w.browser().Open("https://x.example.com/").Want(200, "hello")
		if got := w.Upstream.Got(); got.Host != w.Upstream.URL.Host {
			t.Errorf("got Host %s, want the one of the upstream that answers", got.Host)
		}
	}
	for range 2 {
		w.browser().Send("POST", "https://x.example.com/", strings.NewReader("body")).Want(200, "hello")
		if got := w.Upstream.Got(); got.Method != "POST" {
			t.Errorf("got %s, want the POST at the upstream that answers: its body was not read before", got.Method)
		}
	}
}

func TestReloadDropsNoRequests(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		io.WriteString(rw, "old")
	}))
	t.Cleanup(upstream.Close)
	w := newWorld(t, public(func(r *Route) { r.To = to(upstream.URL) }))
	done := make(chan string)
	b := w.browser()
	go func() { done <- b.Open("https://x.example.com/").Body }()
	<-entered
	next := w.cfg
	next.Routes = []*Route{w.route("https://x.example.com", policy.Access{Public: true}, func(r *Route) { r.To, r.Response = nil, &Response{200, "new"} }), w.cfg.Routes[0]}
	if err := w.gateway.Reload(next); err != nil {
		t.Fatal(err)
	}
	w.browser().Open("https://x.example.com/").Want(200, "new")
	close(release)
	if got := <-done; got != "old" {
		t.Errorf("the request under way: got %q, want it answered", got)
	}
	bad := next
	bad.SharedSecret = nil
	if err := w.gateway.Reload(bad); err == nil {
		t.Error("a bad configuration: got no error")
	}
	w.browser().Open("https://x.example.com/").Want(200, "new")
}

func TestIdleTimeout(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(upstream.Close)
	w := newWorld(t, public(func(r *Route) { r.To, r.IdleTimeout = to(upstream.URL), duration(20*time.Millisecond) }))
	req, _ := http.NewRequestWithContext(context.Background(), "GET", address("https://x.example.com/"), nil)
	resp, err := w.network.Client().Do(req)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err == nil && resp.StatusCode != http.StatusGatewayTimeout { // on a slow machine, before the head
		t.Errorf("got a whole answer (%d) of a silent upstream, want it cut", resp.StatusCode)
	}
}
