package proxy

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/testing/browser"
)

// as makes the provider sign in somebody by this name.
func (w *world) as(name string) {
	w.provider.mu.Lock()
	defer w.provider.mu.Unlock()
	w.provider.claims = map[string]any{"sub": name, "email": name + "@example.com"}
}

// seenAs returns the person whom the application sees in a browser, or "" if the
// page is not opened without a sign-in.
func (w *world) seenAs(b *browser.Browser, page string) string {
	if b.Open(page).Status != http.StatusOK {
		return ""
	}
	return w.Upstream.Got().Header.Get("X-Pomerium-Claim-Email")
}

// Mallory plants cookies of hers, and waits for the person to sign in. Her cookies are
// hers as before, or nobody's, but never the person's.
func TestNoPlantedCookieBecomesThePersons(t *testing.T) {
	for scheme, change := range map[string]func(*world, *Config){
		"https": nil,
		"http": func(w *world, cfg *Config) {
			withoutTLS(w, cfg)
			cfg.Routes = []*Route{w.route("http://app.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.PassIdentity = true })}
		},
	} {
		page := scheme + "://app.example.com/page"
		for _, at := range []string{page, scheme + "://authenticate.example.com/"} {
			for _, before := range []bool{true, false} { // Mallory has signed in, or begun to
				name := map[bool]string{true: "a session", false: "an attempt"}[before]
				t.Run(scheme+" "+name+" from "+at, func(t *testing.T) {
					w := newWorld(t, change)
					mallory, alice := w.browser(), w.browser()
					w.as("mallory")
					first := mallory.Open(page)
					if before {
						answerProvider(mallory, first).Want(200)
					}
					for _, c := range mallory.Cookies(at) {
						for _, name := range []string{c.Name, browserCookie, "_pomerium"} {
							if !strings.HasPrefix(name, hostPrefix) { // browsers let no other host set these
								alice.SetCookies(scheme+"://evil.example.com/", &http.Cookie{Name: name, Value: c.Value, Domain: "example.com", Path: "/"})
							}
						}
					}

					w.as("alice")
					openPlanted(alice, page)
					if w.seenAs(alice, page) != "alice@example.com" { // she is Mallory, or without a session
						openPlanted(alice, scheme+"://app.example.com"+pathAnother+"?pomerium_redirect_uri=%2Fpage")
						openPlanted(alice, page)
					}
					if got := w.seenAs(alice, page); got != "alice@example.com" {
						t.Fatalf("alice is seen as %q, want herself", got)
					}
					if got := w.seenAs(mallory, page); got == "alice@example.com" {
						t.Error("with her old cookies, mallory is seen as alice")
					}
				})
			}
		}
	}
}

// A sign-in never goes on with the session that the browser had.
func TestEverySignInMakesANewSession(t *testing.T) {
	w := newWorld(t, nil)
	const page = "https://app.example.com/page"
	b := w.browser()
	signInAt(b, page).Want(200)
	old := b.Cookie(page, "__Host-_pomerium")
	again := b.Open("https://app.example.com" + pathAnother + "?pomerium_redirect_uri=%2Fpage")
	answerProvider(b, again).Want(200)
	renewed := b.Cookie(page, "__Host-_pomerium")
	cookies := w.gateway.live.Load().pomerium.cookies
	if was, is := cookies.idOf(old, "app.example.com"), cookies.idOf(renewed, "app.example.com"); was == is || is == "" {
		t.Errorf("after the second sign-in the session is %q, want another than %q", is, was)
	}
	if got := w.browser().Step().Open(page, "Cookie", "__Host-_pomerium="+old); got.Status != 302 {
		t.Errorf("the cookie of the first session gets %d, want to be sent to sign in", got.Status)
	}
}

// Mallory signs in, stops before the last step, and has the person take it, with her
// own secret planted in their browser. They would work under her name.
func TestAPlantedSecretTakesNoSignInOver(t *testing.T) {
	const page = "https://app.example.com/page"
	plantSecret := func(from, to *browser.Browser, at string) {
		value := from.Cookie(at, hostPrefix+browserCookie)
		if value == "" {
			t.Fatalf("no secret at %s", at)
		}
		to.SetCookies("https://evil.example.com/", &http.Cookie{Name: browserCookie, Value: value, Domain: "example.com", Path: "/", Secure: true})
	}
	w := newWorld(t, nil)
	w.as("mallory")
	mallory, alice := w.browser(), w.browser()
	to := mallory.Open(page).WantRedirect("https://idp.example.com/")

	plantSecret(mallory, alice, "https://authenticate.example.com/")
	alice.Open(callback(to, "good")).Want(400, "not started in this browser")

	ticket := mallory.Step().Open(callback(to, "good")).Want(302).Location()
	plantSecret(mallory, alice, page)
	alice.Open(ticket.String()).Want(403, "another browser")
	if got := w.seenAs(alice, page); got != "" {
		t.Errorf("alice is seen as %q, want nobody", got)
	}
}
