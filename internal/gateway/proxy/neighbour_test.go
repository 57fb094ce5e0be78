package proxy

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/limit"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/testing/gatewaytest"
)

// newNeighbours is a world whose other proxies are at 10.0.0.1.
func newNeighbours(t *testing.T, change func(*world, *Config)) *world {
	t.Helper()
	return newWorld(t, func(w *world, c *Config) {
		c.ForwardAuth.Trusted = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/30")}
		if change != nil {
			change(w, c)
		}
	})
}

// kinds are the paths at which other proxies ask by HTTP.
var kinds = []string{"/nginx", "/traefik", "/caddy", "/envoy"}

// question returns the question of another proxy about a request of 203.0.113.7.
// Headers are those of the client, or instead of those that the proxy sets.
func question(kind, method, address string, headers ...string) *http.Request {
	scheme, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	target := strings.TrimPrefix(rest, host)
	r := httptest.NewRequest(http.MethodGet, kind, nil)
	r.Host, r.RemoteAddr = "gatehouse:9010", "10.0.0.1:40000"
	set := func(name, value string) { r.Header.Set(name, value) }
	set("X-Forwarded-For", "203.0.113.7")
	set("Accept", "text/html,*/*;q=0.8")
	switch kind {
	case "/nginx":
		set("X-Original-URL", address)
		set("X-Original-Method", method)
	case "/envoy":
		r.Method, r.Host, r.RequestURI = method, host, kind+target
		r.URL.Path = kind + "/"
	default:
		set("X-Forwarded-Method", method)
		set("X-Forwarded-Proto", scheme)
		set("X-Forwarded-Host", host)
		set("X-Forwarded-Uri", target)
	}
	for i := 0; i < len(headers); i += 2 {
		set(headers[i], headers[i+1])
	}
	return r
}

// asks sends a question to the gateway.
func (w *world) asks(r *http.Request) *http.Response {
	rec := httptest.NewRecorder()
	w.gateway.ForwardAuth().ServeHTTP(rec, r)
	return rec.Result()
}

func (w *world) cookieAt(host string) string {
	w.t.Helper()
	c, _ := w.knownSession(host, map[string]any{"cognito:groups": []any{"staff", "dev"}})
	return c.Name + "=" + c.Value
}

func TestAnotherProxyLearnsWhoThePersonIs(t *testing.T) {
	w := newNeighbours(t, func(_ *world, c *Config) {
		c.Routes[0].SetRequestHeaders = map[string]string{"X-Key": "upstream-key", "X-Mail": "${pomerium.jwt}"}
		c.Routes[0].RemoveRequestHeaders = []string{"X-Debug"}
	})
	cookie := w.cookieAt("app.example.com")
	for _, kind := range kinds {
		got := w.asks(question(kind, "POST", "https://app.example.com/x/y?z=1", "Cookie", "theme=dark; "+cookie, "X-Groups", "admins", "X-Pomerium-Claim-Email", "root@example.com", "X-Pomerium-Claim-Role", "root", "X-Debug", "1"))
		if got.StatusCode != 200 {
			t.Errorf("%s: got %d, want 200", kind, got.StatusCode)
		}
		for name, want := range map[string]string{
			"X-Pomerium-Claim-Email": "alice@example.com", "X-Groups": "staff,dev", "X-Key": "upstream-key", "Cookie": "theme=dark",
			"X-Mail": got.Header.Get(headerAssertion), "X-Debug": "", "X-Pomerium-Claim-Role": "", "Cache-Control": "no-store",
		} {
			if values := got.Header[http.CanonicalHeaderKey(name)]; len(values) != 1 || values[0] != want {
				t.Errorf("%s: got %s %q, want %q", kind, name, values, want)
			}
		}
		if assertion := got.Header.Get(headerAssertion); strings.Count(assertion, ".") != 2 {
			t.Errorf("%s: got the assertion %q, want a JWT", kind, assertion)
		}
		if removed := got.Header.Get("X-Envoy-Auth-Headers-To-Remove"); (kind == "/envoy") != (removed == "x-debug,x-pomerium-claim-role") {
			t.Errorf("%s: got the headers to remove %q", kind, removed)
		}
	}
	if w.Upstream.Got() != nil {
		t.Error("the question reached the application")
	}
}

// Whoever is not signed in has no identity, whatever they say. The other proxy copies
// headers by name, so each must be there.
func TestAVisitorOfAPublicRouteHasNoIdentity(t *testing.T) {
	w := newNeighbours(t, nil)
	for _, kind := range kinds {
		got := w.asks(question(kind, "GET", "https://public.example.com/", headerAssertion, "forged", "X-Groups", "admins"))
		if got.StatusCode != 200 {
			t.Errorf("%s: got %d, want 200", kind, got.StatusCode)
		}
		for _, name := range []string{headerAssertion, "X-Pomerium-Claim-Email", "X-Groups"} {
			if values := got.Header[name]; len(values) != 1 || values[0] != "" {
				t.Errorf("%s: got %s %q, want it empty", kind, name, values)
			}
		}
	}
}

func TestOnlyTheNamedProxiesMayAsk(t *testing.T) {
	w := newNeighbours(t, nil)
	log := &lockedBuffer{}
	observer := &web.Observer{Log: slog.New(slog.NewJSONHandler(log, nil))}
	for _, peer := range []string{"10.0.0.4:1", "203.0.113.7:1", "[2001:db8::1]:1", "@", ""} {
		for _, path := range []string{"/nginx", "/traefik", "/caddy", "/envoy", "/nothing", "/envoy.service.auth.v3.Authorization/Check"} {
			r := question("/traefik", "GET", "https://public.example.com/", "X-Forwarded-For", "10.0.0.1, 10.0.0.1", "X-Real-Ip", "10.0.0.1")
			r.RemoteAddr, r.URL.Path = peer, path
			rec := httptest.NewRecorder()
			observer.Wrap(w.gateway.ForwardAuth()).ServeHTTP(rec, r)
			if rec.Code != 403 || rec.Header()[headerAssertion] != nil {
				t.Errorf("%s from %q: got %d, want 403", path, peer, rec.Code)
			}
		}
	}
	if got := log.text(); strings.Count(got, `"error":"forward_auth_peer: `) != 30 || !strings.Contains(got, `"peer":"203.0.113.7:1"`) {
		t.Errorf("the log does not say who was refused:\n%s", got)
	}
	off := newWorld(t, nil)
	if got := off.asks(question("/traefik", "GET", "https://public.example.com/")); got.StatusCode != 403 {
		t.Errorf("nobody is named: got %d, want 403", got.StatusCode)
	}
}

func TestAProxyInFrontGetsAnAnswerThatItUnderstands(t *testing.T) {
	w := newNeighbours(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes,
			w.route("https://tools.example.com", policy.Access{Public: true, PPL: map[string]any{"deny": map[string]any{"or": []any{map[string]any{"mcp_tool": "drop"}}}}}, nil),
			w.route("https://fixed.example.com", policy.Access{Public: true}, func(r *Route) { r.To, r.Response = nil, &Response{Status: 200, Body: "hello"} }),
			w.route("https://k8s.example.com", policy.Access{Public: true}, func(r *Route) { r.Kubernetes = &Kubernetes{Token: "the-service-account"} }),
			w.route("https://few.example.com", policy.Access{Public: true}, func(r *Route) { r.Limit = limit.Rate{Requests: 1, Per: time.Minute} }),
			w.route("https://net.example.com", ppl(t, `{"allow": {"or": [{"source_ip": "203.0.113.0/24"}]}}`), nil),
			w.route("https://inside.example.com", ppl(t, `{"allow": {"or": [{"source_ip": "10.0.0.0/8"}]}}`), nil),
			w.route("https://read.example.com", ppl(t, `{"allow": {"and": [{"http_method": "GET"}, {"http_path": {"starts_with": "/open/"}}]}}`), nil),
			w.route("https://cors.example.com", policy.Access{CORSPreflight: true, AnyUser: true}, nil),
			w.route("https://cert.example.com", ppl(t, `{"allow": {"or": [{"client_certificate": {"fingerprint": "0000000000000000000000000000000000000000000000000000000000000000"}}]}}`), nil))
	})
	w.asks(question("/nginx", "GET", "https://few.example.com/"))
	alice := []string{"Cookie", w.cookieAt("admin.example.com") + "; " + w.cookieAt("app.example.com")}
	const begin = "https://app.example.com:8443/.pomerium/begin?pomerium_redirect_uri=https%3A%2F%2Fapp.example.com%3A8443%2F"
	for _, tt := range []struct {
		name, method, address string
		headers               []string
		nginx, others         int
		location              string
	}{
		{"not signed in", "GET", "https://app.example.com/x?a=1&b=2", nil, 401, 302, begin + "x%3Fa%3D1%26b%3D2"},
		{"not signed in, a long address", "GET", "https://app.example.com/" + strings.Repeat("x", 3000), nil, 401, 302, begin},
		{"not signed in, the application's own probe", "GET", "https://app.example.com/healthz", nil, 401, 302, begin},
		{"a script", "GET", "https://app.example.com/api", []string{"Accept", "application/json"}, 401, 401, ""},
		{"a fetch", "GET", "https://app.example.com/api", []string{"Sec-Fetch-Mode", "cors"}, 401, 401, ""},
		{"another host's cookie", "GET", "https://public.example.com/", alice, 200, 200, ""},
		{"who is not allowed", "GET", "https://admin.example.com/", alice, 403, 403, ""},
		{"who is not allowed to see robots.txt", "GET", "https://admin.example.com/robots.txt", alice, 403, 403, ""},
		{"no route", "GET", "https://other.example.com/", nil, 403, 404, ""},
		{"the authenticate host", "GET", "https://authenticate.example.com/", nil, 403, 403, ""},
		{"an address of ours", "GET", "https://app.example.com/.pomerium/callback/", nil, 403, 403, ""},
		{"an address of ours, disguised", "GET", "https://app.example.com/x/..%2f/%2epomerium/sign_out", nil, 403, 400, ""},
		{"an address of ours, escaped", "GET", "https://app.example.com/%2Epomerium/", alice, 403, 403, ""},
		{"a fixed answer", "GET", "https://fixed.example.com/", nil, 403, 403, ""},
		{"tools that the gateway would have to read", "GET", "https://tools.example.com/", nil, 403, 403, ""},
		{"an API server", "GET", "https://k8s.example.com/", nil, 403, 403, ""},
		{"too many", "GET", "https://few.example.com/", nil, 403, 429, ""},
		{"the client's network", "GET", "https://net.example.com/", nil, 200, 200, ""},
		{"the proxy's network is not the client's", "GET", "https://inside.example.com/", nil, 403, 403, ""},
		{"a method and a path", "GET", "https://read.example.com/open/x", nil, 200, 200, ""},
		{"another method", "POST", "https://read.example.com/open/x", nil, 403, 403, ""},
		{"another method, said in a header", "POST", "https://read.example.com/open/x", []string{"X-Http-Method-Override", "GET"}, 403, 403, ""},
		{"a preflight", "OPTIONS", "https://cors.example.com/", []string{"Origin", "https://app.example.com", "Access-Control-Request-Method", "PUT"}, 200, 200, ""},
		{"a certificate that the proxy tells of", "GET", "https://cert.example.com/", []string{"X-Forwarded-Client-Cert", "Hash=0000000000000000000000000000000000000000000000000000000000000000"}, 403, statusCertificate, ""},
		{"out of the open path", "GET", "https://read.example.com/open/../closed", nil, 401, 307, "https://read.example.com:8443/closed"},
		{"out of the open path, escaped", "GET", "https://read.example.com/open/%2e%2e/closed", nil, 401, 307, "https://read.example.com:8443/closed"},
		{"into the open path", "GET", "https://read.example.com/closed/../open/x", nil, 401, 307, "https://read.example.com:8443/open/x"},
		{"into the open path, to write", "POST", "https://read.example.com/closed/../open/x", nil, 403, 400, ""},
		{"two slashes", "GET", "https://read.example.com//open/x", nil, 401, 307, "https://read.example.com:8443/open/x"},
		{"a fragment", "GET", "https://read.example.com/open/x#/../..", nil, 401, 307, "https://read.example.com:8443/"},
		{"another fragment", "GET", "https://read.example.com/open/x#y", nil, 401, 307, "https://read.example.com:8443/open/x%23y"},
		{"an escaped slash", "GET", "https://read.example.com/open/..%2fclosed", nil, 403, 400, ""},
		{"a parameter", "GET", "https://read.example.com/open/..;/closed", nil, 403, 400, ""},
		{"a bad escape", "GET", "https://read.example.com/open/x%zz", nil, 403, 400, ""},
		{"a line break", "GET", "https://read.example.com/open/%0d%0aX-A:b", nil, 200, 200, ""},
		{"a tunnel", "CONNECT", "https://public.example.com/", nil, 403, 405, ""},
		{"a method in other letters", "get", "https://public.example.com/", nil, 403, 400, ""},
		{"a method that is none", "GET /", "https://public.example.com/", nil, 403, 405, ""},
		{"a header with an underscore", "GET", "https://public.example.com/", []string{"X_Groups", "admins"}, 403, 400, ""},
		{"a websocket that the route has not", "GET", "https://public.example.com/", []string{"Sec-WebSocket-Key", "x"}, 403, 403, ""},
		{"a credential in the query", "GET", "https://app.example.com/?pomerium_session=" + strings.TrimPrefix(w.cookieAt("app.example.com"), "__Host-_pomerium="), nil, 401, 302, begin},
	} {
		for _, kind := range kinds {
			want := tt.others
			if kind == "/nginx" {
				want = tt.nginx
			}
			got := w.asks(question(kind, tt.method, tt.address, tt.headers...))
			if got.StatusCode != want || got.Header.Get("Location") != tt.location {
				t.Errorf("%s, %s: got %d to %q, want %d to %q", tt.name, kind, got.StatusCode, got.Header.Get("Location"), want, tt.location)
			}
			if want != 200 && got.Header[headerAssertion] != nil {
				t.Errorf("%s, %s: a refusal has identity headers", tt.name, kind)
			}
		}
	}
	if w.Upstream.Got() != nil {
		t.Error("a question reached the application")
	}
}

// What the other proxy must say, it must say once and whole.
func TestAQuestionThatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	w := newNeighbours(t, nil)
	for name, change := range map[string]func(*http.Request){
		"no URL":          func(r *http.Request) { r.Header.Del("X-Original-Url"); r.Header.Del("X-Forwarded-Uri") },
		"no method":       func(r *http.Request) { r.Header.Del("X-Original-Method"); r.Header.Del("X-Forwarded-Method") },
		"no client":       func(r *http.Request) { r.Header.Del("X-Forwarded-For") },
		"a client's name": func(r *http.Request) { r.Header.Set("X-Forwarded-For", "localhost") },
		"two methods": func(r *http.Request) {
			r.Header.Add("X-Original-Method", "POST")
			r.Header.Add("X-Forwarded-Method", "POST")
		},
		"two URLs": func(r *http.Request) {
			r.Header.Add("X-Original-Url", "https://app.example.com/")
			r.Header.Add("X-Forwarded-Uri", "/x")
		},
		"an absolute form": func(r *http.Request) {
			r.Header.Set("X-Original-Url", "public.example.com/")
			r.Header.Set("X-Forwarded-Uri", "https://public.example.com/")
		},
		"a URL without path": func(r *http.Request) {
			r.Header.Set("X-Original-Url", "https://public.example.com")
			r.Header.Set("X-Forwarded-Uri", "*")
		},
		"two hosts": func(r *http.Request) {
			r.Header.Set("X-Original-Url", "https://public.example.com,app.example.com/")
			r.Header.Set("X-Forwarded-Host", "public.example.com, app.example.com")
		},
		"two host headers": func(r *http.Request) {
			r.Header.Set("X-Original-Url", "https:///")
			r.Header.Add("X-Forwarded-Host", "app.example.com")
		},
		"a user": func(r *http.Request) {
			r.Header.Set("X-Original-Url", "https://public.example.com@app.example.com/")
			r.Header.Set("X-Forwarded-Host", "public.example.com@app.example.com")
		},
		"a backslash": func(r *http.Request) {
			r.Header.Set("X-Original-Url", `https://public.example.com\@app.example.com/`)
			r.Header.Set("X-Forwarded-Host", `public.example.com\app.example.com`)
		},
	} {
		for _, kind := range []string{"/nginx", "/traefik", "/caddy"} {
			r := question(kind, "GET", "https://public.example.com/")
			change(r)
			if got := w.asks(r); got.StatusCode != 400 && got.StatusCode != 403 || got.Header[headerAssertion] != nil {
				t.Errorf("%s, %s: got %d, want a refusal", name, kind, got.StatusCode)
			}
		}
	}
}

// Each kind of proxy has its own headers. Those of another kind are a client's.
func TestTheHeadersOfAnotherKindOfProxyAreNotBelieved(t *testing.T) {
	w := newNeighbours(t, nil)
	forged := map[string][]string{
		"/nginx":   {"X-Forwarded-Host", "public.example.com", "X-Forwarded-Uri", "/", "X-Forwarded-Method", "GET", "X-Auth-Request-Redirect", "https://public.example.com/"},
		"/traefik": {"X-Original-Url", "https://public.example.com/", "X-Original-Method", "GET"},
		"/caddy":   {"X-Original-Url", "https://public.example.com/", "X-Rewrite-Url", "/"},
		"/envoy":   {"X-Original-Url", "https://public.example.com/", "X-Forwarded-Host", "public.example.com", "X-Forwarded-Uri", "/", "X-Envoy-Original-Path", "/"},
	}
	for kind, headers := range forged {
		if got := w.asks(question(kind, "GET", "https://app.example.com/", headers...)); got.StatusCode != 401 && got.StatusCode != 302 {
			t.Errorf("%s: got %d, want the sign-in", kind, got.StatusCode)
		}
	}
}

func TestTheWebsocketsOfAnotherSiteAreRefusedBesideAProxy(t *testing.T) {
	w := newNeighbours(t, func(_ *world, c *Config) { c.Routes[0].Upgrades = []string{"websocket"} })
	cookie := w.cookieAt("app.example.com")
	for origin, want := range map[string]int{"https://app.example.com:8443": 200, "https://evil.example.com": 403, "null": 403} {
		for _, kind := range kinds {
			got := w.asks(question(kind, "GET", "https://app.example.com/", "Cookie", cookie, "Origin", origin, "Sec-WebSocket-Key", "x"))
			if got.StatusCode != want || got.Header["Upgrade"] != nil || got.Header["Connection"] != nil {
				t.Errorf("%s, from %s: got %d with %v, want %d", kind, origin, got.StatusCode, got.Header, want)
			}
		}
	}
}

// A script learns from the other proxy, too, where its page can send the person.
func TestAScriptBesideAProxyGetsTheAddressOfTheSignIn(t *testing.T) {
	w := newNeighbours(t, nil)
	got := w.asks(question("/traefik", "GET", "https://app.example.com/api", "Accept", "application/json", "Referer", "https://app.example.com:8443/page"))
	if to := got.Header.Get(headerSignIn); to != "https://app.example.com:8443/.pomerium/begin?pomerium_redirect_uri=https%3A%2F%2Fapp.example.com%3A8443%2Fpage" {
		t.Errorf("got the sign-in at %q", to)
	}
}

// The browser follows what the other proxy passes on, signs in and comes back.
func TestSigningInBesideAProxy(t *testing.T) {
	w := newNeighbours(t, nil)
	b := w.browser()
	to := w.asks(question("/traefik", "GET", "https://app.example.com/x?a=1&b=%2f"))
	page := answerProvider(b, b.Open(to.Header.Get("Location")))
	if got := page.URL.RequestURI(); got != "/x?a=1&b=%2f" || page.URL.Hostname() != "app.example.com" {
		t.Errorf("the browser came back to %s, want the page that was asked for", page.URL)
	}
	cookie := b.Cookies("https://app.example.com/")
	var line []string
	for _, c := range cookie {
		line = append(line, c.Name+"="+c.Value)
	}
	if got := w.asks(question("/traefik", "GET", "https://app.example.com/x", "Cookie", strings.Join(line, "; "))); got.StatusCode != 200 || got.Header.Get("X-Pomerium-Claim-Email") != "alice@example.com" {
		t.Errorf("with the cookies of the sign-in: got %d for %q, want 200 for alice", got.StatusCode, got.Header.Get("X-Pomerium-Claim-Email"))
	}
	b.Open("https://app.example.com/.pomerium/sign_out")
	if got := w.asks(question("/traefik", "GET", "https://app.example.com/x", "Cookie", strings.Join(line, "; "))); got.StatusCode != 302 {
		t.Errorf("after signing out: got %d, want 302 to sign in", got.StatusCode)
	}
}

// The sign-in that begins at the address of a refusal is as late as the route asks.
func TestALateSignInBesideAProxy(t *testing.T) {
	w := newStepUp(t)
	cfg := w.cfg
	cfg.ForwardAuth.Trusted = []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}
	if err := w.gateway.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	w.proves(w.Now())
	signInAt(b, "https://vault.example.com/")
	w.Advance(20 * time.Minute)
	var line []string
	for _, c := range b.Cookies("https://vault.example.com/") {
		line = append(line, c.Name+"="+c.Value)
	}
	to := w.asks(question("/caddy", "GET", "https://vault.example.com/secrets", "Cookie", strings.Join(line, "; "))).Header.Get("Location")
	wantAnew(t, b.Open(to).WantRedirect("https://idp.example.com/"), true)
}

// Who must prove a device goes to the page for that, and a program gets 401.
func TestADeviceBesideAProxy(t *testing.T) {
	w := deviceWorld(t)
	cfg := w.cfg
	cfg.ForwardAuth.Trusted = []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}
	if err := w.gateway.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	cookie := w.cookieAt("laptop.example.com")
	for kind, want := range map[string]int{"/nginx": 401, "/traefik": 302, "/caddy": 302, "/envoy": 302} {
		got := w.asks(question(kind, "GET", laptopURL, "Cookie", cookie))
		if to := got.Header.Get("Location"); got.StatusCode != want || !strings.HasPrefix(to, "https://authenticate.example.com:8443/.pomerium/webauthn?") || got.Header[headerAssertion] != nil {
			t.Errorf("%s: got %d to %q, want %d to the page of devices", kind, got.StatusCode, to, want)
		}
		got = w.asks(question(kind, "GET", laptopURL, "Cookie", cookie, "Accept", "application/json"))
		if got.StatusCode != 401 || got.Header.Get("Location") != "" {
			t.Errorf("%s, a program: got %d to %q, want 401", kind, got.StatusCode, got.Header.Get("Location"))
		}
	}
}

// Beginning to sign in leads to no page but one of the same host.
func TestBeginningToSignInIsNoOpenRedirect(t *testing.T) {
	w := newNeighbours(t, nil)
	for _, to := range []string{"https://evil.example.net/", "//evil.example.net/", "https://app.example.com:8443@evil.example.net/", "https://public.example.com:8443/", "javascript:alert(1)", `https://app.example.com:8443\@evil.example.net/`} {
		w.browser().Step().Open("https://app.example.com/.pomerium/begin?" + url.Values{paramRedirect: {to}}.Encode()).Want(400)
	}
}

func TestTheOtherFrontTakesPartBesideAProxy(t *testing.T) {
	front := newOtherFront()
	w := newNeighbours(t, func(_ *world, c *Config) { c.Front = front.signIn(t, c.Sessions) })
	got := w.asks(question("/caddy", "GET", "https://app.example.com/", "Cf-Access-Client-Id", "good", "Cf-Access-Jwt-Assertion", "forged"))
	if got.StatusCode != 200 || got.Header.Get("Cf-Access-Jwt-Assertion") != "ours" || len(got.Header["Cf-Access-Client-Id"]) != 1 || got.Header.Get("Cf-Access-Client-Id") != "" {
		t.Errorf("got %d with %v, want the front's assertion, and no credential", got.StatusCode, got.Header)
	}
	if got := w.asks(question("/caddy", "GET", "https://public.example.com/", "Cf-Access-Authenticated-User-Email", "root@example.com")); got.StatusCode != 200 || got.Header["Cf-Access-Authenticated-User-Email"][0] != "" {
		t.Errorf("got %d with %v, want an empty address", got.StatusCode, got.Header)
	}
	if got := w.asks(question("/caddy", "GET", "https://app.example.com/cdn-cgi/access/certs")); got.StatusCode != 403 {
		t.Errorf("an address of the front: got %d, want 403", got.StatusCode)
	}
	to := w.asks(question("/caddy", "GET", "https://app.example.com/x?y=1")).Header.Get("Location")
	if got := w.browser().Step().Open(to).Header.Get("Location"); got != "https://team.example.com/cdn-cgi/access/login?redirect_url=%2Fx%3Fy%3D1" {
		t.Errorf("from %s the browser goes to %s, want the front's sign-in", to, got)
	}
}

// A credential of ours opens the application, and stays with us.
func TestAProgramBesideAProxy(t *testing.T) {
	w := newNeighbours(t, nil)
	value := strings.TrimPrefix(w.cookieAt("app.example.com"), "__Host-_pomerium=")
	for _, header := range [][]string{{"Authorization", "Bearer Pomerium-" + value}, {"X-Pomerium-Authorization", value}} {
		got := w.asks(question("/traefik", "GET", "https://app.example.com/", header...))
		if values := got.Header[header[0]]; got.StatusCode != 200 || len(values) != 1 || values[0] != "" {
			t.Errorf("%s: got %d with %q, want 200 and the header empty", header[0], got.StatusCode, values)
		}
	}
	got := w.asks(question("/traefik", "GET", "https://public.example.com/", "Authorization", "Bearer of-the-application"))
	if values, ok := got.Header["Authorization"]; got.StatusCode != 200 || ok {
		t.Errorf("got %d with %q, want the application's own credential untouched", got.StatusCode, values)
	}
}

// The log is about the request that was asked about.
func TestTheLogNamesTheRequestThatAnotherProxyAsksAbout(t *testing.T) {
	for _, fields := range [][]string{nil, {"authority", "method", "path", "ip"}} {
		log := &lockedBuffer{}
		w := newNeighbours(t, func(_ *world, c *Config) { c.AccessFields = fields })
		observer := &web.Observer{Log: slog.New(slog.NewJSONHandler(log, nil))}
		rec := httptest.NewRecorder()
		observer.Wrap(w.gateway.ForwardAuth()).ServeHTTP(rec, question("/nginx", "PUT", "https://public.example.com/x"))
		wants := []string{`"asked_by":"nginx"`, `"asked_method":"PUT"`, `"asked_host":"public.example.com"`, `"asked_path":"/x"`, `"client":"203.0.113.7"`, `"decision":"allow"`}
		if fields != nil {
			wants = []string{`"authority":"public.example.com"`, `"method":"PUT"`, `"path":"/x"`, `"ip":"203.0.113.7"`}
		}
		for _, want := range wants {
			if got := log.text(); !strings.Contains(got, want) {
				t.Errorf("fields %v: the log lacks %s:\n%s", fields, want, got)
			}
		}
	}
}

// Whatever the chain writes, it is no permission unless the policy gave one.
func TestNoOtherAnswerLooksLikeAPermission(t *testing.T) {
	for _, by := range []*neighbour{nginx, traefik, caddy, envoy, envoyGRPC} {
		for _, status := range []int{200, 201, 204, 206, 299} {
			rec := httptest.NewRecorder()
			(&inquiry{ResponseWriter: rec, by: by}).WriteHeader(status)
			if rec.Code != 403 {
				t.Errorf("%s: %d without a decision became %d, want 403", by.name, status, rec.Code)
			}
		}
		rec := httptest.NewRecorder()
		(&inquiry{ResponseWriter: rec, by: by}).Write([]byte("hello"))
		if rec.Code != 403 {
			t.Errorf("%s: a body without a status became %d, want 403", by.name, rec.Code)
		}
	}
}

// However a path is spelled, a request passes only if the application that gets it as it
// was sent reads a path that the policy opens.
func FuzzAskedPath(f *testing.F) {
	for _, seed := range []string{"/open/x", "/open/../closed", "//open/x", "/open/%2e%2e/closed", "/open/..;/closed", "/open/x#/../../closed", "/open/x?/../closed", "/closed/..%2fopen/x", `/open\..\closed`, "/open/%252e%252e/closed", "/open/%00", "*", "http://open/open/x", "/open/x%c0%af..", "/.pomerium/x"} {
		f.Add(seed)
	}
	w := gatewaytest.New(f)
	matched, allowed := gatewaytest.Route(f, "https://read.example.com", policy.Access{PPL: map[string]any{"allow": map[string]any{"or": []any{map[string]any{"http_path": map[string]any{"starts_with": "/open/"}}}}}})
	g, err := New(Config{
		AuthenticateURL: mustURL("https://authenticate.example.com"), SharedSecret: secret("shared"), CookieSecret: secret("cookie"),
		Sessions: w.Sessions, Tickets: w.Tickets("tickets"), Attempts: w.Attempts("attempts"),
		Routes:      []*Route{{Route: matched, Policy: allowed, To: []Upstream{{URL: w.Upstream.URL}}}},
		ForwardAuth: ForwardAuth{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(g.Close)
	f.Fuzz(func(t *testing.T, target string) {
		r := question("/caddy", "GET", "https://read.example.com/", "X-Forwarded-Uri", target)
		rec := httptest.NewRecorder()
		g.ForwardAuth().ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			return
		}
		sent, _, _ := strings.Cut(target, "?")
		sent, _, _ = strings.Cut(sent, "#")
		read, err := url.PathUnescape(sent)
		for _, read := range []string{read, strings.ReplaceAll(read, `\`, "/")} {
			if err != nil || !strings.HasPrefix(path.Clean(read), "/open") || !strings.HasPrefix(read, "/open/") {
				t.Errorf("%q passed, and the application reads %q", target, read)
			}
		}
	})
}
