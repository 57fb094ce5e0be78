package authenticate

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// Start describes a sign-in that begins.
type Start struct {
	Provider relyingparty.Provider
	// Wanted says where the sign-in leads, in the front's own form. It comes back
	// to Hooks.Destination.
	Wanted relyingparty.Wanted
	// AnotherAccount asks the provider for its sign-in page although the person
	// has a session there.
	AnotherAccount bool
	// MaxAge and Anew ask for a sign-in that is not longer ago; see relyingparty.Start.
	MaxAge time.Duration
	Anew   bool
}

// Bind gives the browser a secret at an application's host and returns the
// secret's hash, which may travel in links. A browser keeps the secret that it
// has: windows may sign in side by side. secure says whether the host has TLS.
func (t *RoundTrip) Bind(w http.ResponseWriter, r *http.Request, secure bool) string {
	k := t.keptBy(r, secure)
	if k.secret == "" {
		k.secret = ids.Token()
	}
	t.keep(w, r, k, secure)
	return session.BrowserHash(k.secret)
}

// browserSecrets returns the secrets of a browser: any of them may be the one that
// Bind gave it.
func (t *RoundTrip) browserSecrets(r *http.Request, secure bool) []string {
	var secrets []string
	for _, k := range t.allKept(r, secure) {
		secrets = append(secrets, k.secret)
	}
	return secrets
}

// Begin sends the browser to the provider. The cookie that binds the attempt to
// the browser is the same for all its windows, so its size stays the same however
// many there are and however long the address of the wanted page is.
func (t *RoundTrip) Begin(w http.ResponseWriter, r *http.Request, s Start) error {
	if len(s.Wanted.Page) > MaxPage {
		s.Wanted.Page = "/"
	}
	to, err := t.Attempts.Begin(r.Context(), s.Provider, relyingparty.Start{
		RedirectURI: t.callbackURL(), Browser: t.Bind(w, r, t.Secure), Wanted: s.Wanted, AnotherAccount: s.AnotherAccount,
		MaxAge: s.MaxAge, Anew: s.Anew,
	})
	if err != nil {
		return err
	}
	Redirect(w, to, http.StatusFound)
	return nil
}

// MaxPage is the greatest length of the path and query to which a person comes
// back. Nobody comes back to a longer one, but to the front page.
const MaxPage = 32 << 10

// ComesBackTo returns where a person ends who wants u: u itself or, if the address
// is too long, the front page. A link to sign in with a longer address would itself
// be too long to be opened.
func ComesBackTo(u *url.URL) *url.URL {
	if _, page := Split(u); len(page) <= MaxPage {
		return u
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}
}

// Split takes the address of a page apart: origin is its scheme and host, and page
// the rest. Put together they are the address again.
func Split(u *url.URL) (origin, page string) {
	origin = u.Scheme + "://" + u.Host
	return origin, strings.TrimPrefix(u.String(), origin)
}
