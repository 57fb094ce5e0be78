package proxy

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/relyingparty"
)

// What an attacker may make of a sign-in link.
func TestSignInLinkRefusals(t *testing.T) {
	w := newWorld(t, nil)
	c := w.gateway.live.Load().pomerium
	base := c.base + pathSignIn
	app := "https://app.example.com:" + w.port
	good := func() url.Values {
		return url.Values{paramRedirect: {app + "/x"}, paramCallback: {app + pathRouteCallback}, paramBrowser: {"hash"}, paramProvider: {""}}
	}
	with := func(name, value string) string {
		q := good()
		q.Set(name, value)
		return c.links.sign(base, q, time.Now())
	}
	tests := []struct {
		name, link string
		status     int
	}{
		{"as signed", c.links.sign(base, good(), time.Now()), 302},
		{"unsigned", base + "?" + good().Encode(), 400},
		{"changed", strings.Replace(c.links.sign(base, good(), time.Now()), "app.example.com", "public.example.com", 1), 400},
		{"something added", c.links.sign(base, good(), time.Now()) + "&pomerium_redirect_uri=https%3A%2F%2Fevil.example.net", 400},
		{"two signatures", c.links.sign(base, good(), time.Now()) + "&pomerium_signature=x", 400},
		{"for another path", strings.Replace(c.links.sign(c.base+pathSignOut, good(), time.Now()), pathSignOut, pathSignIn, 1), 400},
		{"a little too old", c.links.sign(base, good(), time.Now().Add(-linkLife)), 302},
		{"too old", c.links.sign(base, good(), time.Now().Add(-linkLife-2*linkLeeway)), 400},
		{"from the future", c.links.sign(base, good(), time.Now().Add(2*linkLeeway)), 400},
		{"to another site", with(paramRedirect, "https://evil.example.net/"), 400},
		{"back to another site", with(paramCallback, "https://evil.example.net/.pomerium/callback/"), 400},
		{"back to another host of ours", with(paramCallback, "https://public.example.com:"+w.port+pathRouteCallback), 400},
		{"back to another path", with(paramCallback, app+"/x"), 400},
		{"another port of our host", with(paramRedirect, "https://app.example.com:1/"), 400},
		{"without TLS", with(paramRedirect, "http://app.example.com:"+w.port+"/"), 400},
		{"a script", with(paramRedirect, "javascript:alert(1)"), 400},
		{"with a password", with(paramRedirect, "https://app.example.com@evil.example.net/"), 400},
		{"no browser", with(paramBrowser, ""), 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp := w.browser().step().do("GET", tt.link, nil)
			wantStatus(t, resp, tt.status)
			wantIntercepted(t, resp)
			if to, _ := resp.Location(); to != nil && to.Hostname() != "idp.example.com" {
				t.Errorf("got a redirect to %s, want the provider", to)
			}
		})
	}
	wantStatus(t, w.browser().do("GET", c.links.sign(base, good(), time.Now()), nil, "X-Requested-With", "XMLHttpRequest"), 401, `"error"`)
}

func TestCallbackRefusals(t *testing.T) {
	w := newWorld(t, nil)
	begin := func(b *visitor) *url.URL {
		to, _ := b.get("https://app.example.com/x").Location()
		return to
	}
	finish := func(b *visitor, to *url.URL, code string) string {
		return to.Query().Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {to.Query().Get("state")}}.Encode()
	}
	victim, attacker := w.browser(), w.browser()
	to := begin(attacker)
	wantStatus(t, victim.do("GET", finish(victim, to, "good"), nil), 400, "not started in this browser")
	wantStatus(t, attacker.do("GET", finish(attacker, to, "bad"), nil), 403, "refused")
	wantStatus(t, attacker.do("GET", finish(attacker, to, "good"), nil), 400) // spent by the attempt before

	to = begin(attacker)
	resp := attacker.step().do("GET", finish(attacker, to, "good"), nil)
	wantStatus(t, resp, 302)
	ticket, _ := resp.Location()
	// Login CSRF: the attacker's ticket in the victim's browser.
	begin(victim)
	wantStatus(t, victim.do("GET", ticket.String(), nil), 403, "another browser")
	elsewhere := *ticket
	elsewhere.Host = "public.example.com:" + w.port
	wantStatus(t, attacker.do("GET", elsewhere.String(), nil), 400)
	wantStatus(t, attacker.do("GET", ticket.String(), nil), 200, "hello")
	wantStatus(t, attacker.do("GET", ticket.String(), nil), 400, "used already")
	wantStatus(t, attacker.get("https://app.example.com/.pomerium/callback/?pomerium_session_encrypted=x"), 400)
	wantStatus(t, attacker.get("https://authenticate.example.com/oauth2/callback"), 400)
	wantStatus(t, attacker.get("https://authenticate.example.com/oauth2/callback?error=access_denied&state=x"), 400)
}

func TestProviderThatIsAway(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.fail = relyingparty.ErrUnreachable
	wantStatus(t, w.browser().get("https://app.example.com/"), 503, "could not be reached")
	none := newWorld(t, func(_ *world, c *Config) { c.Providers = nil })
	wantStatus(t, none.browser().get("https://app.example.com/"), 503, "nobody can sign in")
}

func TestSessionsOfAnotherProviderDoNotCount(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Providers = authenticate.ProviderList{w.provider, &fakeProvider{id: "p2"}}
		c.Routes = append(c.Routes, w.route("https://other.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.Provider = "p2" }))
	})
	cookie, _ := w.knownSession("other.example.com", nil)
	if resp := w.browser().step().get("https://other.example.com/", "Cookie", cookie.Name+"="+cookie.Value); resp.StatusCode != 302 {
		t.Errorf("got %d, want to be sent to sign in", resp.StatusCode)
	}
}

func TestUnauthenticatedAnswers(t *testing.T) {
	w := newWorld(t, nil)
	tests := []struct {
		name   string
		header []string
		status int
		body   string
	}{
		{"browser", nil, 302, ""},
		{"curl", []string{"Accept", "*/*"}, 302, ""},
		{"no Accept", []string{"Accept", ""}, 302, ""},
		{"JSON", []string{"Accept", "application/json"}, 401, `"error":"You are not signed in."`},
		{"JSON rather than HTML", []string{"Accept", "text/html;q=0.5, application/json"}, 401, `"error"`},
		{"image", []string{"Accept", "image/avif,image/webp"}, 401, "You are not signed in."},
		{"plain", []string{"Accept", "text/plain"}, 401, "You are not signed in."},
		{"XMLHttpRequest", []string{"X-Requested-With", "XMLHttpRequest"}, 401, `"error"`},
		{"fetch", []string{"Accept", "*/*", "Sec-Fetch-Mode", "cors"}, 401, ""},
		{"gRPC", []string{"Content-Type", "application/grpc"}, 200, ""},
		{"our credential", []string{"Authorization", "Pomerium abc"}, 401, ""},
		{"our credential as bearer", []string{"Authorization", "Bearer Pomerium-abc"}, 401, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp := w.browser().step().get("https://app.example.com/x", tt.header...)
			wantStatus(t, resp, tt.status, tt.body)
			wantIntercepted(t, resp)
			if tt.name == "gRPC" && resp.Header.Get("Grpc-Status") != "16" {
				t.Errorf("got grpc-status %q, want 16", resp.Header.Get("Grpc-Status"))
			}
		})
	}
	if w.got() != nil {
		t.Error("a request reached the upstream")
	}
}

func TestDeniedSaysWhyAndWho(t *testing.T) {
	w := newWorld(t, nil)
	cookie, _ := w.knownSession("admin.example.com", map[string]any{"cognito:groups": []any{"staff"}})
	header := cookie.Name + "=" + cookie.Value
	b := w.browser()
	page := b.get("https://admin.example.com/x", "Cookie", header)
	wantStatus(t, page, 403, "alice@example.com", "cognito:groups", "/.pomerium/another_account")
	wantIntercepted(t, page)
	if page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got Cache-Control %q, want no-store", page.Header.Get("Cache-Control"))
	}
	wantStatus(t, b.get("https://admin.example.com/x", "Cookie", header, "Accept", "application/json"), 403, `"reasons":["`, "cognito:groups", `"user":"alice@example.com"`)
	wantStatus(t, b.get("https://admin.example.com/x", "Cookie", header, "Accept", "text/plain"), 403, "alice@example.com", "cognito:groups")
	wantStatus(t, b.get("https://admin.example.com/x", "Cookie", header, "User-Agent", "kubectl/v1.30"), 403, `"kind":"Status"`)
	wantStatus(t, b.get("https://admin.example.com/robots.txt", "Cookie", header), 200, "Disallow: /")
	if w.got() != nil {
		t.Error("a request reached the upstream")
	}
}

func TestNoRoute(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route("https://paths.example.com", policy.Access{Public: true}, func(r *Route) { r.Prefix = "/api/" }))
	})
	for _, u := range []string{"https://unknown.example.com/", "https://paths.example.com/other", "https://app.example.com/.pomerium/unknown", "https://authenticate.example.com/unknown"} {
		resp := w.browser().get(u)
		wantStatus(t, resp, 404)
		wantIntercepted(t, resp)
	}
	wantStatus(t, w.browser().get("https://paths.example.com/api/x"), 200)
	if !w.gateway.Serves("authenticate.example.com") || !w.gateway.Serves("app.example.com") || w.gateway.Serves("unknown.example.com") {
		t.Error("Serves: want the authenticate host and the routes' hosts, no others")
	}
}
