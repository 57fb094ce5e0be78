package authenticate

import (
	"net/http"
	"strings"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// Start describes a sign-in that begins.
type Start struct {
	Provider relyingparty.Provider
	// To says where the sign-in leads, in the front's own form. It comes back
	// to Hooks.Destination.
	To string
	// AnotherAccount asks the provider for its sign-in page although the person
	// has a session there.
	AnotherAccount bool
}

// Bind gives the browser a secret at an application's host and returns the
// secret's hash, which may travel in links. A browser keeps the secret that it
// has: windows may sign in side by side. secure says whether the host has TLS.
func (t *RoundTrip) Bind(w http.ResponseWriter, r *http.Request, secure bool) string {
	secret := t.browserSecret(r, secure)
	if len(secret) != len(ids.Token()) {
		secret = ids.Token()
	}
	web.SetPrefixed(w, t.BrowserCookie, secret, secure, browserLife)
	return session.BrowserHash(secret)
}

func (t *RoundTrip) browserSecret(r *http.Request, secure bool) string {
	return web.CookieValue(r, web.Prefixed(t.BrowserCookie, secure))
}

// Begin sends the browser to the provider.
func (t *RoundTrip) Begin(w http.ResponseWriter, r *http.Request, s Start) error {
	begun, err := t.Attempts.Begin(r.Context(), s.Provider, relyingparty.Start{
		RedirectURI: t.callbackURL(), Return: s.To, AnotherAccount: s.AnotherAccount,
	})
	if err != nil {
		return err
	}
	t.dropOldAttempts(w, r)
	web.SetPrefixed(w, begun.Cookie, begun.Value, t.Secure, relyingparty.CookieLife)
	Redirect(w, begun.URL, http.StatusFound)
	return nil
}

// maxAttempts is how many sign-ins of one browser can wait for the provider at
// once: the windows that a browser opens together. A window that reloads itself
// while nobody signs in would otherwise fill the Cookie header, until servers
// refuse every request to the sign-in host.
const maxAttempts = 10

// dropOldAttempts clears the cookies of the oldest attempts, so that a new one
// makes at most maxAttempts. Browsers send older cookies first (RFC 6265
// §5.4).
func (t *RoundTrip) dropOldAttempts(w http.ResponseWriter, r *http.Request) {
	var names []string
	for _, c := range r.Cookies() {
		name := c.Name
		if t.Secure {
			name = strings.TrimPrefix(name, web.Prefixed("", true))
		}
		if web.Prefixed(name, t.Secure) == c.Name && relyingparty.IsAttemptCookie(name) {
			names = append(names, name)
		}
	}
	for _, name := range names[:max(0, len(names)-maxAttempts+1)] {
		web.ClearPrefixed(w, name, t.Secure)
	}
}
