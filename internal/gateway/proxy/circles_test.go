package proxy

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A browser sends a strict cookie only on a way that began at the same site. The
// sign-in ends at a page of the application's own host, which leads on.
func TestStrictCookiesDoNotGoInCircles(t *testing.T) {
	w := newWorld(t, func(_ *world, cfg *Config) { cfg.Cookie.SameSite = http.SameSiteStrictMode })
	b := w.browser()
	page := signInAt(b, "https://app.example.com/reports?a=1&b=%3B").Want(200, "You are signed in", "Open the page")
	const wanted = "https://app.example.com:" + port + "/reports?a=1&b=%3B"
	if got := page.Header.Get("Refresh"); got != "0; url="+wanted || page.URL.Path != pathRouteCallback {
		t.Errorf("%s: got Refresh %q, want it to lead to %s", page.URL, got, wanted)
	}
	for _, line := range page.Header["Set-Cookie"] {
		if strict := strings.Contains(line, "SameSite=Strict"); strict != strings.HasPrefix(line, "__Host-_pomerium=") {
			t.Errorf("got cookie %q, want the session's strict, and no other", line)
		}
	}
	b.Open(page.Link("Open the page")).Want(200, "hello")
}

// With SameSite None a cookie needs TLS. Without, browsers would drop it.
func TestNoneWithoutTLSIsLax(t *testing.T) {
	c := newCookies(Cookie{SameSite: http.SameSiteNoneMode}, &keys{}, nil, time.Now)
	for secure, want := range map[bool]http.SameSite{true: http.SameSiteNoneMode, false: http.SameSiteLaxMode} {
		if got := c.session("x", "app.example.com", secure).SameSite; got != want {
			t.Errorf("TLS %t: got SameSite %v, want %v", secure, got, want)
		}
	}
}

// A browser refuses a cookie for the domain of others. A host outside of
// cookie_domain has a cookie of its own.
func TestAHostOutsideOfTheCookieDomainSignsIn(t *testing.T) {
	w := newWorld(t, func(_ *world, cfg *Config) { cfg.Cookie.Domain = "corp.example.net" })
	b := w.browser()
	signInAt(b, "https://app.example.com/").Want(200, "hello")
	b.Trail = nil
	b.Open("https://app.example.com/").Want(200, "hello")
	if len(b.Trail) != 0 {
		t.Errorf("got redirects %v, want the session known", b.Trail)
	}
}

// Browsers keep a session cookie by its Max-Age, whatever their clock says.
func TestASessionCookieDoesNotNeedTheBrowsersClock(t *testing.T) {
	w := newWorld(t, nil)
	cookie, s := w.knownSession("app.example.com", nil)
	if left := time.Duration(cookie.MaxAge) * time.Second; left <= 0 || left > s.Expires.Sub(s.Issued) {
		t.Errorf("got Max-Age %s, want at most the session's life of %s", left, s.Expires.Sub(s.Issued))
	}
}

// A browser that loses the session each time is told so after a few turns, whoever
// is asked in between.
func TestSignInThatGoesInCirclesEnds(t *testing.T) {
	w := newWorld(t, func(w *world, cfg *Config) { cfg.Now = w.Now })
	b := w.browser()
	b = b.Until(func(u *url.URL) bool { return u.Hostname() == "idp.example.com" || u.Path == "/x" })
	answerProvider(b, b.Open("https://app.example.com/x")).Want(302)
	lose := func() {
		b.SetCookies("https://app.example.com:"+port+"/", &http.Cookie{Name: "__Host-_pomerium", Path: "/", MaxAge: -1})
	}
	for range 2 {
		lose()
		b.Open("https://app.example.com/x").Want(302) // the sign-in host knows the session
	}
	lose()
	stopped := b.Open("https://app.example.com/x").Want(400, "Sign-in goes in circles", "cookies")
	if w.Upstream.Got() != nil {
		t.Error("a request without a session reached the upstream")
	}
	b.Open(stopped.Link("Try again")).Want(302) // it counts anew
	lose()
	w.Advance(3 * time.Minute)
	for range 4 { // slowly: somebody who signs in again and again
		lose()
		w.Advance(3 * time.Minute)
		b.Open("https://app.example.com/x").Want(302)
	}
}
