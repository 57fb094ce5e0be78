package authenticate

import (
	"net/http"

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
	web.SetPrefixed(w, begun.Cookie, begun.Value, t.Secure, relyingparty.CookieLife)
	Redirect(w, begun.URL, http.StatusFound)
	return nil
}
