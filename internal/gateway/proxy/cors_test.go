package proxy

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/route"
)

const scriptOrigin = "https://console.example.net"

// A script of another origin that may read the application's answers may read the
// gateway's own too, so that it can tell that the person must sign in.
func TestScriptsCanReadTheGatewaysOwnAnswers(t *testing.T) {
	gone, _ := net.Listen("tcp", "127.0.0.1:0")
	gone.Close()
	w := newWorld(t, func(w *world, c *Config) {
		shared := func(r *Route) {
			r.SetResponseHeaders = map[string]string{"Access-Control-Allow-Origin": scriptOrigin, "access-control-allow-credentials": "true", "Vary": "Origin", "X-Other": "x"}
		}
		c.Routes = append(c.Routes,
			w.route("https://x.example.com", policy.Access{AnyUser: true}, shared),
			w.route("https://y.example.com", policy.Access{Users: []string{"bob@example.com"}}, shared),
			w.route("https://down.example.com", policy.Access{Public: true}, func(r *Route) {
				shared(r)
				r.To = to("http://" + gone.Addr().String())
			}),
		)
		c.Cleaning.EscapedSlashes = route.SlashRedirect
	})
	cookie, _ := w.knownSession("y.example.com", nil)
	b := w.browser().Step()
	for _, tt := range []struct {
		address string
		headers []string
		status  int
	}{
		{"https://x.example.com/", []string{"Sec-Fetch-Mode", "cors"}, 401},
		{"https://x.example.com/", []string{"Accept", "application/json"}, 401},
		{"https://x.example.com/", []string{"X-Requested-With", "XMLHttpRequest"}, 401},
		{"https://x.example.com/", []string{"Accept", "text/html"}, 302}, // a script of an old browser
		{"https://y.example.com/", []string{"Sec-Fetch-Mode", "cors", "Cookie", cookie.Name + "=" + cookie.Value}, 403},
		{"https://down.example.com/", []string{"Sec-Fetch-Mode", "cors"}, 503},
		{"https://down.example.com/a%2fb", []string{"Sec-Fetch-Mode", "cors"}, 307},
		{"https://x.example.com/a%2fb", []string{"Sec-Fetch-Mode", "cors"}, 307},
		{"https://down.example.com/", []string{"Sec-Fetch-Mode", "cors", "Connection", "Upgrade", "Upgrade", "websocket"}, 403},
		{"https://down.example.com/", []string{"Sec-Fetch-Mode", "cors", "X_Name", "x"}, 400},
	} {
		h := b.Open(tt.address, append(tt.headers, "Origin", scriptOrigin)...).Want(tt.status).Header
		if h.Get("Access-Control-Allow-Origin") != scriptOrigin || h.Get("Access-Control-Allow-Credentials") != "true" || h.Get("Vary") != "Origin" {
			t.Errorf("%s %q: got %v, want the headers of the route", tt.address, tt.headers, h)
		}
	}
	if h := b.Open("https://x.example.com/", "Sec-Fetch-Mode", "cors").Header; h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("no script of another origin: got %v, want no such headers", h)
	}
	if h := b.Open("https://app.example.com/", "Sec-Fetch-Mode", "cors", "Origin", scriptOrigin).Want(401).Header; h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a route that shares nothing: got %v, want no such headers", h)
	}
}

// Where preflights pass, the application itself says who may read its answers.
func TestThePreflightAnswerSaysWhoReadsARefusal(t *testing.T) {
	asked := make(chan *http.Request, 1)
	upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked <- r
		if r.Header.Get("Origin") == scriptOrigin {
			rw.Header().Set("Access-Control-Allow-Origin", scriptOrigin)
			rw.Header().Set("Access-Control-Allow-Credentials", "true")
			rw.Header().Set("Vary", "Origin")
			rw.Header().Set("Set-Cookie", "a=1")
			rw.WriteHeader(http.StatusNoContent)
			return
		}
		rw.Header().Set("Access-Control-Allow-Origin", scriptOrigin)
		rw.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(upstream.Close)
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route("https://x.example.com", policy.Access{AnyUser: true, CORSPreflight: true}, func(r *Route) {
			r.To, r.Prefix, r.Rewrite.Prefix = to(upstream.URL), "/api/", "/"
		}))
	})
	b := w.browser().Step()
	ask := func(origin string) http.Header {
		return b.Send("PUT", "https://x.example.com/api/v1?x=1", strings.NewReader("body"), "Sec-Fetch-Mode", "cors", "Origin", origin, "Cookie", "theirs=1", "Authorization", "Bearer x").Want(401).Header
	}
	h := ask(scriptOrigin)
	if h.Get("Access-Control-Allow-Origin") != scriptOrigin || h.Get("Access-Control-Allow-Credentials") != "true" || h.Get("Vary") != "Origin" || h.Get("Set-Cookie") != "" {
		t.Errorf("got %v, want what the application said to the preflight", h)
	}
	got := <-asked
	if got.Method != "OPTIONS" || got.RequestURI != "/v1?x=1" || got.Header.Get("Access-Control-Request-Method") != "PUT" || got.Header.Get("Cookie")+got.Header.Get("Authorization") != "" || got.ContentLength > 0 {
		t.Errorf("the upstream got %s %s with %v, want a preflight with nothing of the request", got.Method, got.RequestURI, got.Header)
	}
	if h := ask("https://evil.example.net"); h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("the application refused: got %v, want no such headers", h)
	}
	<-asked
	ask("https://x.example.com:" + port) // its own page asks nobody
	select {
	case <-asked:
		t.Error("a page of the application itself: the upstream was asked")
	default:
	}
}

// An upstream that fails can't be asked who may read that. What it answered to the last
// preflight counts, for the same page and path, and not for long.
func TestThePreflightBeforeAFailureSaysWhoReadsIt(t *testing.T) {
	now := time.Now()
	var down, refuses atomic.Bool
	upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if down.Load() {
			panic(http.ErrAbortHandler)
		}
		if !refuses.Load() {
			rw.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
			rw.Header().Set("X-Other", "x")
		}
	}))
	t.Cleanup(upstream.Close)
	w := newWorld(t, func(w *world, c *Config) {
		c.Now = func() time.Time { return now }
		c.Routes = append(c.Routes,
			w.route("https://api.example.com", policy.Access{Public: true, CORSPreflight: true}, func(r *Route) { r.To = to(upstream.URL) }),
		)
	})
	b := w.browser().Step()
	preflight := func(address, origin string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodOptions, address, nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "PUT")
		w.gateway.ServeHTTP(httptest.NewRecorder(), r)
	}
	failure := func(address, origin string) http.Header {
		t.Helper()
		down.Store(true)
		defer down.Store(false)
		return b.Open(address, "Sec-Fetch-Mode", "cors", "Origin", origin).Want(502).Header
	}
	const page, other = "https://api.example.com:" + port + "/a", "https://other.example.net"
	if h := failure(page, scriptOrigin); h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("before any preflight: got %v, want no such headers", h)
	}
	preflight(page, scriptOrigin)
	if h := failure(page, scriptOrigin); h.Get("Access-Control-Allow-Origin") != scriptOrigin || h.Get("X-Other") != "" {
		t.Errorf("after one: got %v, want the headers of its answer that say who may read", h)
	}
	if h := failure(page, other); h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another page: got %v, want no such headers", h)
	}
	if h := failure(page+"/b", scriptOrigin); h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another path: got %v, want no such headers", h)
	}
	refuses.Store(true)
	preflight(page, scriptOrigin)
	if h := failure(page, scriptOrigin); h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("after a refusal: got %v, want no such headers", h)
	}
	refuses.Store(false)
	preflight(page, scriptOrigin)
	now = now.Add(preflightLife)
	if h := failure(page, scriptOrigin); h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("after ten minutes: got %v, want no such headers", h)
	}
}

func TestFewPreflightsAreRemembered(t *testing.T) {
	var p preflights
	now := time.Now()
	for i := range 10 * maxPreflights {
		p.note(scriptOrigin, fmt.Sprint("/", i), http.Header{"Access-Control-Allow-Origin": {"*"}}, now)
		if len(p.seen) > maxPreflights {
			t.Fatalf("after %d: %d are remembered", i, len(p.seen))
		}
	}
	before := len(p.seen)
	p.note(scriptOrigin, "/"+strings.Repeat("a", maxPreflight), http.Header{"Access-Control-Allow-Origin": {"*"}}, now)
	if len(p.seen) != before {
		t.Error("a long path is remembered, want none: strangers choose it")
	}
}
