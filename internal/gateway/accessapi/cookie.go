package accessapi

import (
	"net/http"
	"strings"
	"time"
)

// Names of cookies. The helpers' begin with "_gatehouse_", which the gateway
// does not send on to upstreams; cookieToken it does, as Cloudflare Access.
const (
	cookieToken   = "CF_Authorization"
	cookieBrowser = "_gatehouse_access" // the secret that binds a sign-in to the browser
	headerToken   = "Cf-Access-Token"   // the same token from programs
)

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
