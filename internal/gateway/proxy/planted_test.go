package proxy

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/testing/browser"
)

// withoutTLS makes a world of hosts at which browsers know no protected names.
func withoutTLS(w *world, cfg *Config) {
	cfg.Now = w.Now
	cfg.AuthenticateURL = mustURL("http://authenticate.example.com:" + port)
	cfg.Routes = []*Route{w.route("http://app.example.com", policy.Access{AnyUser: true}, nil)}
}

// plant sets a cookie for the whole domain, as any host of it can.
func plant(b *browser.Browser, name, value, path string) {
	b.SetCookies("http://evil.example.com/", &http.Cookie{Name: name, Value: value, Domain: "example.com", Path: path})
}

// openPlanted opens a page, and answers for the provider if it is asked.
func openPlanted(b *browser.Browser, page string) *browser.Page {
	p := b.Open(page)
	if to := p.Location(); to != nil && to.Hostname() == "idp.example.com" {
		return b.Open(callback(to, "good"))
	}
	return p
}

// Another host of the domain plants cookies under every name that we read, before
// ours, and keeps nobody from signing in for longer than a click.
func TestPlantedCookiesDoNotStopASignIn(t *testing.T) {
	const page = "http://app.example.com/a/b/c/d/e/page"
	paths := []string{"/", "/a", "/a/b/c/d/e/", "/a/b/c/d/e/page", "/.pomerium", "/.pomerium/callback", "/oauth2/callback", "/.pomerium/sign_in"}
	secretOf := strings.Repeat("x", 43)
	for _, path := range paths {
		for what, c := range map[string]struct {
			name  string
			value func(now time.Time, theirs string) string
		}{
			"no secret":                  {browserCookie, func(time.Time, string) string { return "garbage" }},
			"a secret":                   {browserCookie, func(time.Time, string) string { return secretOf }},
			"a secret that went round":   {browserCookie, func(now time.Time, _ string) string { return fmt.Sprintf("%s.3.%d", secretOf, now.Unix()) }},
			"a secret of the future":     {browserCookie, func(time.Time, string) string { return secretOf + ".9.99999999999" }},
			"a session of somebody else": {"_pomerium", func(_ time.Time, theirs string) string { return theirs }},
			"no session":                 {"_pomerium", func(time.Time, string) string { return "garbage" }},
		} {
			t.Run(what+" at "+path, func(t *testing.T) {
				w := newWorld(t, withoutTLS)
				other := w.browser()
				openPlanted(other, page).Want(200)
				value := c.value(w.Now(), other.Cookie("http://app.example.com/", "_pomerium"))
				b := w.browser()
				if c.name == "_pomerium" { // alone it would be a session of theirs
					openPlanted(b, page).Want(200)
				}
				plant(b, c.name, value, path)
				clicks := 0
				for openPlanted(b, page).Status != 200 {
					if clicks++; clicks > 1 {
						t.Fatalf("no page after %d clicks", clicks)
					}
				}
				b.Trail = nil
				if openPlanted(b, page).Want(200, "hello"); len(b.Trail) > 0 {
					t.Errorf("the next page goes to %q, want the session known", trail(b))
				}
			})
		}
	}
}

// Sign-out takes away what another host has set, or the person would be somebody
// else afterwards.
func TestASignOutLeavesNoPlantedSession(t *testing.T) {
	w := newWorld(t, withoutTLS)
	other, b := w.browser(), w.browser()
	openPlanted(other, "http://app.example.com/").Want(200)
	openPlanted(b, "http://app.example.com/").Want(200)
	plant(b, "_pomerium", other.Cookie("http://app.example.com/", "_pomerium"), "/")
	b.Open("http://app.example.com/.pomerium/sign_out", "Sec-Fetch-Site", "same-origin")
	for _, c := range b.Cookies("http://app.example.com/") {
		if c.Name == "_pomerium" {
			t.Errorf("after the sign-out the browser has %s, want no session", c)
		}
	}
}

// With cookie_domain, hosts of the domain share the cookie, with TLS as well.
func TestAPlantedSessionDoesNotStopASignInUnderACookieDomain(t *testing.T) {
	w := newWorld(t, func(_ *world, cfg *Config) { cfg.Cookie.Domain = "example.com" })
	other, b := w.browser(), w.browser()
	signInAt(other, "https://app.example.com/").Want(200)
	signInAt(b, "https://app.example.com/a/page").Want(200)
	theirs := other.Cookie("https://app.example.com/", "_pomerium")
	b.SetCookies("https://evil.example.com/", &http.Cookie{Name: "_pomerium", Value: theirs, Domain: "example.com", Path: "/a", Secure: true})
	openPlanted(b, "https://app.example.com/a/page").Want(200)
	b.Trail = nil
	if openPlanted(b, "https://app.example.com/a/page").Want(200); len(b.Trail) > 0 {
		t.Errorf("the next page goes to %q, want the session known", trail(b))
	}
}
