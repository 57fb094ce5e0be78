package accessapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/testing/browser"
)

// newPlainWorld is a world without TLS, where browsers know no protected names.
func newPlainWorld(t *testing.T) *world {
	t.Helper()
	return newWorld(t, func(w *world, c *Config) {
		w.scheme, c.Team = "http", mustURL("http://team.example.com:"+port)
		w.routes = func() []*proxy.Route {
			return []*proxy.Route{w.route("http://app.example.com", policy.Access{AnyUser: true})}
		}
	})
}

// Another host of the domain plants cookies under every name that we read, before
// ours, and keeps nobody from signing in for longer than a click.
func TestPlantedCookiesDoNotStopASignIn(t *testing.T) {
	const page = "http://app.example.com/a/b/page"
	secretOf := strings.Repeat("x", 43)
	for name, values := range map[string]func(now time.Time, theirs *browser.Browser, at string) map[string]string{
		"no secret": func(time.Time, *browser.Browser, string) map[string]string {
			return map[string]string{cookieBrowser: "garbage"}
		},
		"a secret that went round": func(now time.Time, _ *browser.Browser, _ string) map[string]string {
			return map[string]string{cookieBrowser: fmt.Sprintf("%s.3.%d", secretOf, now.Unix())}
		},
		"a secret of the future": func(time.Time, *browser.Browser, string) map[string]string {
			return map[string]string{cookieBrowser: secretOf + ".9.99999999999"}
		},
		"no token": func(time.Time, *browser.Browser, string) map[string]string {
			return map[string]string{cookieToken: "garbage", cookieBinding: "garbage"}
		},
		"a session of somebody else": func(_ time.Time, theirs *browser.Browser, at string) map[string]string {
			return map[string]string{cookieToken: theirs.Cookie(at, cookieToken), cookieBinding: theirs.Cookie(at, cookieBinding)}
		},
	} {
		for _, path := range []string{"/", "/a", "/a/b/page", "/cdn-cgi", "/cdn-cgi/access/login", "/cdn-cgi/access/authorized", "/cdn-cgi/access/callback"} {
			for _, at := range []string{"http://app.example.com/", "http://team.example.com/"} {
				t.Run(name+" at "+path+" from "+at, func(t *testing.T) {
					w := newPlainWorld(t)
					other, b := w.browser(), w.browser()
					other.Open(page).Want(200)
					planted := values(w.Now(), other, at)
					if planted[cookieToken] != "" { // alone it would be a session of theirs
						b.Open(page).Want(200)
					}
					for name, value := range planted {
						b.SetCookies("http://evil.example.com/", &http.Cookie{Name: name, Value: value, Domain: "example.com", Path: path})
					}
					clicks := 0
					for b.Open(page).Status != 200 {
						if clicks++; clicks > 1 {
							t.Fatalf("no page after %d clicks", clicks)
						}
					}
					b.Trail = nil
					if b.Open(page).Want(200, "hello"); len(b.Trail) > 0 {
						t.Errorf("the next page goes to %v, want the session known", b.Trail)
					}
				})
			}
		}
	}
}

// Sign-out takes away what another host has set, or the person would be somebody
// else afterwards.
func TestASignOutLeavesNoPlantedToken(t *testing.T) {
	w := newPlainWorld(t)
	other, b := w.browser(), w.browser()
	other.Open("http://app.example.com/").Want(200)
	b.Open("http://app.example.com/").Want(200)
	for _, name := range []string{cookieToken, cookieBinding} {
		b.SetCookies("http://evil.example.com/", &http.Cookie{Name: name, Value: other.Cookie("http://app.example.com/", name), Domain: "example.com", Path: "/"})
	}
	b.Open("http://app.example.com/cdn-cgi/access/logout", "Sec-Fetch-Site", "same-origin").Want(200)
	if left := b.Cookies("http://app.example.com/"); len(left) > 0 {
		t.Errorf("after the sign-out the browser has %v, want no cookie", left)
	}
}

// Mallory plants cookies of hers, and waits for the person to sign in. Her cookies are
// hers as before, or nobody's, but never the person's.
func TestNoPlantedCookieBecomesThePersons(t *testing.T) {
	for scheme, make := range map[string]func(*testing.T) *world{
		"https": func(t *testing.T) *world { return newWorld(t, nil) }, "http": newPlainWorld,
	} {
		for _, signedIn := range []bool{true, false} { // Mallory has signed in, or begun to
			t.Run(fmt.Sprint(scheme, " signed in ", signedIn), func(t *testing.T) {
				w := make(t)
				page := scheme + "://app.example.com/page"
				seenAs := func(b *browser.Browser) string {
					if b.Open(page).Status != http.StatusOK {
						return ""
					}
					return w.Upstream.Got().Header.Get("Cf-Access-Authenticated-User-Email")
				}
				mallory, alice := w.browser(), w.browser()
				w.idp.claims["sub"], w.idp.claims["email"] = "mallory", "mallory@example.com"
				if !signedIn {
					stopAt("/cdn-cgi/access/callback", mallory).Open(page).Want(302)
				} else if got := seenAs(mallory); got != "mallory@example.com" {
					t.Fatalf("mallory is seen as %q", got)
				}
				for _, at := range []string{page, scheme + "://team.example.com/"} {
					for _, c := range mallory.Cookies(at) {
						if !strings.HasPrefix(c.Name, "__Host-") { // browsers let no other host set these
							alice.SetCookies(scheme+"://evil.example.com/", &http.Cookie{Name: c.Name, Value: c.Value, Domain: "example.com", Path: "/"})
						}
					}
				}
				before := mallory.Cookie(page, cookieToken)

				w.idp.claims["sub"], w.idp.claims["email"] = "alice", "alice@example.com"
				for range 3 { // with planted cookies it may take a click, or a sign-out
					if seenAs(alice) == "alice@example.com" {
						break
					}
					alice.Open(scheme+"://app.example.com/cdn-cgi/access/logout", "Sec-Fetch-Site", "same-origin")
				}
				if got := seenAs(alice); got != "alice@example.com" {
					t.Fatalf("alice is seen as %q, want herself", got)
				}
				if signedIn && alice.Cookie(page, cookieToken) == before {
					t.Error("alice has the token that was planted, want a new one")
				}
				w.idp.claims["sub"], w.idp.claims["email"] = "mallory", "mallory@example.com"
				if got := seenAs(mallory); got == "alice@example.com" {
					t.Error("with her old cookies, mallory is seen as alice")
				}
			})
		}
	}
}
