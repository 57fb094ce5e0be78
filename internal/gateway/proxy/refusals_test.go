package proxy

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/relyingparty"
	"gatehouse/internal/testing/browser"
)

// What an attacker may make of a sign-in link.
func TestSignInLinkRefusals(t *testing.T) {
	w := newWorld(t, nil)
	c := w.gateway.live.Load().pomerium
	base := c.base + pathSignIn
	app := "https://app.example.com:" + port
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
		{"back to another host of ours", with(paramCallback, "https://public.example.com:"+port+pathRouteCallback), 400},
		{"back to another path", with(paramCallback, app+"/x"), 400},
		{"another port of our host", with(paramRedirect, "https://app.example.com:1/"), 400},
		{"without TLS", with(paramRedirect, "http://app.example.com:"+port+"/"), 400},
		{"a script", with(paramRedirect, "javascript:alert(1)"), 400},
		{"with a password", with(paramRedirect, "https://app.example.com@evil.example.net/"), 400},
		{"no browser", with(paramBrowser, ""), 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp := w.browser().For(t).Step().Open(tt.link).Want(tt.status)
			wantIntercepted(t, resp)
			if to := resp.Location(); to != nil && to.Hostname() != "idp.example.com" {
				t.Errorf("got a redirect to %s, want the provider", to)
			}
		})
	}
	w.browser().Open(c.links.sign(base, good(), time.Now()), "X-Requested-With", "XMLHttpRequest").Want(401, `"error"`)
}

func TestCallbackRefusals(t *testing.T) {
	w := newWorld(t, nil)
	begin := func(b *browser.Browser) *url.URL {
		return b.Open("https://app.example.com/x").WantRedirect("https://idp.example.com/")
	}
	victim, attacker := w.browser(), w.browser()
	to := begin(attacker)
	victim.Open(callback(to, "good")).Want(400, "not started in this browser")
	attacker.Open(callback(to, "bad")).Want(403, "refused")
	attacker.Open(callback(to, "good")).Want(400) // spent by the attempt before

	to = begin(attacker)
	ticket := attacker.Step().Open(callback(to, "good")).Want(302).Location()
	// Login CSRF: the attacker's ticket in the victim's browser.
	begin(victim)
	victim.Open(ticket.String()).Want(403, "another browser")
	elsewhere := *ticket
	elsewhere.Host = "public.example.com:" + port
	attacker.Open(elsewhere.String()).Want(400)
	attacker.Open(ticket.String()).Want(200, "hello")
	attacker.Open(ticket.String()).Want(400, "used already")
	attacker.Open("https://app.example.com/.pomerium/callback/?pomerium_session_encrypted=x").Want(400)
	attacker.Open("https://authenticate.example.com/oauth2/callback").Want(400)
	attacker.Open("https://authenticate.example.com/oauth2/callback?error=access_denied&state=x").Want(400)
}

func TestProviderThatDoesNotAnswer(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.fail = relyingparty.ErrUnreachable
	w.browser().Open("https://app.example.com/").Want(503, "could not be reached")
	none := newWorld(t, func(_ *world, c *Config) { c.Providers = nil })
	none.browser().Open("https://app.example.com/").Want(503, "nobody can sign in")
}

func TestSessionsOfAnotherProviderAreIgnored(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Providers = authenticate.ProviderList{w.provider, &fakeProvider{id: "p2"}}
		c.Routes = append(c.Routes, w.route("https://other.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.Provider = "p2" }))
	})
	cookie, _ := w.knownSession("other.example.com", nil)
	if resp := w.browser().Step().Open("https://other.example.com/", "Cookie", cookie.Name+"="+cookie.Value); resp.Status != 302 {
		t.Errorf("got %d, want to be sent to sign in", resp.Status)
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
			resp := w.browser().For(t).Step().Open("https://app.example.com/x", tt.header...).Want(tt.status, tt.body)
			wantIntercepted(t, resp)
			if tt.name == "gRPC" && resp.Header.Get("Grpc-Status") != "16" {
				t.Errorf("got grpc-status %q, want 16", resp.Header.Get("Grpc-Status"))
			}
		})
	}
	if w.Upstream.Got() != nil {
		t.Error("a request reached the upstream")
	}
}

func TestDeniedPageNamesReasonAndUser(t *testing.T) {
	w := newWorld(t, nil)
	cookie, _ := w.knownSession("admin.example.com", map[string]any{"cognito:groups": []any{"staff"}})
	header := cookie.Name + "=" + cookie.Value
	b := w.browser()
	page := b.Open("https://admin.example.com/x", "Cookie", header).Want(403, "alice@example.com", "cognito:groups", "/.pomerium/another_account")
	wantIntercepted(t, page)
	if page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got Cache-Control %q, want no-store", page.Header.Get("Cache-Control"))
	}
	b.Open("https://admin.example.com/x", "Cookie", header, "Accept", "application/json").Want(403, `"reasons":["`, "cognito:groups", `"user":"alice@example.com"`)
	b.Open("https://admin.example.com/x", "Cookie", header, "Accept", "text/plain").Want(403, "alice@example.com", "cognito:groups")
	b.Open("https://admin.example.com/x", "Cookie", header, "User-Agent", "kubectl/v1.30").Want(403, `"kind":"Status"`)
	b.Open("https://admin.example.com/robots.txt", "Cookie", header).Want(200, "Disallow: /")
	if w.Upstream.Got() != nil {
		t.Error("a request reached the upstream")
	}
}

func TestNoRoute(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route("https://paths.example.com", policy.Access{Public: true}, func(r *Route) { r.Prefix = "/api/" }))
	})
	for _, u := range []string{"https://unknown.example.com/", "https://paths.example.com/other", "https://app.example.com/.pomerium/unknown", "https://authenticate.example.com/unknown"} {
		wantIntercepted(t, w.browser().Open(u).Want(404))
	}
	w.browser().Open("https://paths.example.com/api/x").Want(200)
	if !w.gateway.Serves("authenticate.example.com") || !w.gateway.Serves("app.example.com") || w.gateway.Serves("unknown.example.com") {
		t.Error("Serves: want the authenticate host and the routes' hosts, no others")
	}
}
