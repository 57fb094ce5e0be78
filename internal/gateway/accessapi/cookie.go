package accessapi

import (
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/web"
)

// Names of cookies. The helpers' begin with "_gatehouse_", which the gateway
// does not send on to upstreams; cookieToken it does, as Cloudflare Access.
const (
	cookieToken   = "CF_Authorization"
	cookieBrowser = "_gatehouse_access" // the secret that binds a sign-in to the browser
	headerToken   = "Cf-Access-Token"   // the same token from programs
)

// browserLife is how long a person may take to choose and sign in.
const browserLife = 15 * time.Minute

// setToken leaves a token with the browser. SameSite=Lax, where Cloudflare
// Access has None: other sites can't use the session of a person who happens
// to be signed in. secure: the host has TLS; without, browsers would drop it.
func setToken(w http.ResponseWriter, token string, expires time.Time, secure bool) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieToken, Value: token, Path: "/", Expires: expires, Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func clearToken(w http.ResponseWriter, secure bool) {
	http.SetCookie(w, &http.Cookie{Name: cookieToken, Path: "/", MaxAge: -1, Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// tokensOf returns the tokens that a request carries: the header's, or the
// cookies', of which another host of the domain may have planted one.
func tokensOf(r *http.Request) []string {
	if values := r.Header[headerToken]; len(values) > 0 {
		return values[:1]
	}
	var tokens []string
	for _, line := range r.Header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			if value, ok := strings.CutPrefix(strings.TrimLeft(pair, " \t"), cookieToken+"="); ok {
				tokens = append(tokens, strings.Trim(value, ` "`))
			}
		}
	}
	return tokens[:min(len(tokens), 4)]
}

// browserSecret returns the secret of this browser, or gives it one: windows
// may sign in side by side.
func browserSecret(w http.ResponseWriter, r *http.Request, secure bool) string {
	secret := web.CookieValue(r, web.Prefixed(cookieBrowser, secure))
	if len(secret) != len(ids.Token()) {
		secret = ids.Token()
	}
	web.SetPrefixed(w, cookieBrowser, secret, secure, browserLife)
	return secret
}

// redirect sends a browser on. The answer is never kept: the next time somebody
// may be signed in. The address may hold a ticket, which no Referer may tell.
func redirect(w http.ResponseWriter, to string, status int) {
	h := w.Header()
	web.NoStore(h)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Location", to)
	w.WriteHeader(status)
}
