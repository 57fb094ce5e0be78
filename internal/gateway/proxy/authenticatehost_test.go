package proxy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/gateway/policy"
)

// The authenticate host has the session of everybody who signs in, and another
// part of the installation may ask for passwords. No wildcard may send their
// requests to an upstream, at the start and after a reload.
func TestWildcardsLeaveTheHostsThatSignPeopleIn(t *testing.T) {
	elsewhere := map[string]bool{}
	wide := func(w *world, c *Config) {
		c.Elsewhere = func(host string) bool { return elsewhere[host] }
		for _, from := range []string{"https://*.example.com", "https://*", "https://a*.example.com:8443"} {
			c.Routes = append(c.Routes, w.route(from, policy.Access{Public: true}, nil))
		}
	}
	w := newWorld(t, wide)
	check := func(when string) {
		t.Helper()
		for _, path := range []string{"/", "/login", "/oauth2/authorize", "/robots.txt", "/.pomerium/", "/oauth2/callback?code=x&state=y"} {
			for _, host := range []string{"authenticate.example.com", "AUTHENTICATE.example.com.", "authenticate.example.com..", "id.example.com"} {
				w.browser().Step().Open("https://"+host+path, "Accept", "text/html")
				if got := w.Upstream.Got(); got != nil {
					t.Fatalf("%s: %s%s reached the upstream", when, host, path)
				}
			}
		}
		for _, host := range []string{"id.example.com", "ID.example.com", "id.example.com."} {
			if w.gateway.Serves(host) {
				t.Errorf("%s: the gateway serves %s, want it left to the other part", when, host)
			}
		}
	}
	elsewhere["id.example.com"] = true
	check("at the start")
	if err := w.gateway.Reload(w.cfg); err != nil {
		t.Fatal(err)
	}
	check("after a reload")
	w.browser().Open("https://other.example.com/").Want(200, "hello from upstream")
	delete(elsewhere, "id.example.com")
	w.browser().Open("https://id.example.com/").Want(200, "hello from upstream")
}

// Pomerium: a route may name the authenticate host. It gets the paths that are not
// those of sign-in, and people can sign in for it.
func TestRouteOnTheAuthenticateHost(t *testing.T) {
	const home = "https://authenticate.example.com"
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route(home+":"+port, policy.Access{AnyUser: true}, nil))
	})
	b := w.browser()
	signInAt(b, home+"/reports?year=2026").Want(200, "hello from upstream")
	if got := w.Upstream.Got(); got.URL.RequestURI() != "/reports?year=2026" {
		t.Errorf("got %s upstream, want the page that was wanted", got.URL.RequestURI())
	}
	want := []string{
		"authenticate.example.com/.pomerium/sign_in", "idp.example.com/authorize",
		"authenticate.example.com/.pomerium/callback/", "authenticate.example.com/reports",
	}
	if diff := cmp.Diff(want, trail(b)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	before := w.Upstream.Got()
	for _, path := range []string{"/.pomerium/", "/.pomerium/sign_out", "/.pomerium/signed_out", "/oauth2/callback", "/.well-known/pomerium", "/ping", "/healthz", "/", "/?a=b", "/robots.txt"} {
		b.Step().Open(home + path)
		if w.Upstream.Got() != before {
			t.Fatalf("%s reached the upstream, want sign-in's own answer", path)
		}
	}
	b.Open("https://app.example.com/").Want(200, "hello from upstream")
}
