package accessapi

import (
	"net/http"
	"strings"
	"time"
)

// Names of cookies and headers. The gateway does not send cookies that begin with
// "_gatehouse_" on to upstreams. It does send cookieToken. Cloudflare Access: the
// same.
const (
	cookieToken   = "CF_Authorization"
	cookieBrowser = "_gatehouse_access" // the secret that binds a sign-in to the browser
	headerToken   = "Cf-Access-Token"   // the same token from programs
)

// setToken sets the cookie with a token. It is SameSite=Lax, so that forms and
// scripts of other sites can't use the session; Cloudflare Access has None.
// secure says that the host has TLS: without TLS, browsers refuse a Secure cookie.
func setToken(w http.ResponseWriter, token string, expires time.Time, secure bool) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieToken, Value: token, Path: "/", Expires: expires, Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func clearToken(w http.ResponseWriter, secure bool) {
	http.SetCookie(w, &http.Cookie{Name: cookieToken, Path: "/", MaxAge: -1, Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// tokensOf returns the tokens of a request: that of the header, or else those of
// the cookies. A host of the same domain may have set a second cookie of this
// name, so all are candidates, up to four.
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
