package accessapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/web"
)

// Names of cookies and headers.
const (
	cookieToken   = "CF_Authorization"
	cookieBinding = "CF_Binding"        // with "__Host-": makes the token of cookieToken count
	cookieBrowser = "_gatehouse_access" // the secret that binds a sign-in to the browser
	headerToken   = "Cf-Access-Token"   // the same token from programs
)

// Cookies implements proxy.Front. The cookie with the token goes on to upstreams:
// see Headers.
func (a *API) Cookies() []string { return []string{cookieToken, cookieBinding} }

// setToken sets the cookie with a token at a host, and the cookie that binds the
// token to this browser. Applications and their scripts know the first by its
// name, and every host of the domain can set it. The name of the second has the
// prefix "__Host-", so nobody else can. Both are SameSite=Lax, so that forms and
// scripts of other sites can't use the session; Cloudflare Access has None. secure
// says that the host has TLS: without TLS, browsers refuse Secure and the prefix.
func (a *API) setToken(w http.ResponseWriter, host, token string, expires time.Time, secure bool) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieToken, Value: token, Path: "/", Expires: expires, Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	sum := sha256.Sum256([]byte(token))
	binding := a.cfg.Box.SealText(sum[:], bindingContext(web.Prefixed(cookieBinding, secure), host))
	web.SetPrefixed(w, cookieBinding, binding, secure, expires.Sub(a.cfg.Now()))
}

// clearToken takes both cookies away, and those that another host has set.
func (a *API) clearToken(w http.ResponseWriter, r *http.Request, secure bool) {
	if len(a.boundTokens(r)) > 1 {
		web.EndCookie(w, r, cookieToken)
		web.EndCookie(w, r, cookieBinding)
	}
	http.SetCookie(w, &http.Cookie{Name: cookieToken, Path: "/", MaxAge: -1, Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	web.ClearPrefixed(w, cookieBinding, secure)
}

// sentTokens returns all tokens of a request, whether they count or not.
func sentTokens(r *http.Request) []string {
	if values := r.Header[headerToken]; len(values) > 0 {
		return values[:1]
	}
	return cookieTokens(r)
}

// tokenOf returns the token of a request that counts: that of the header, or else
// that of the cookie to which the browser is bound. It returns "" if there is
// none.
func (a *API) tokenOf(r *http.Request) string {
	if values := r.Header[headerToken]; len(values) > 0 {
		return values[0]
	}
	if bound := a.boundTokens(r); len(bound) == 1 {
		return bound[0]
	}
	return ""
}

// boundTokens returns the tokens of a request's cookies to which the browser is
// bound. There is one, or none. Without TLS, another host of the domain can plant
// one of its own with its binding. Then nobody can tell which is the person's.
func (a *API) boundTokens(r *http.Request) []string {
	var tokens []string
	bindings := a.bindings(r)
	if len(bindings) == 0 {
		return nil
	}
	for _, token := range cookieTokens(r) {
		sum := sha256.Sum256([]byte(token))
		bound := slices.ContainsFunc(bindings, func(b []byte) bool { return hmac.Equal(sum[:], b) })
		if bound && !slices.Contains(tokens, token) {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// endDisagreement takes the tokens away from a browser that is bound to two.
func (a *API) endDisagreement(w http.ResponseWriter, r *http.Request, secure bool) {
	if len(a.boundTokens(r)) > 1 {
		a.clearToken(w, r, secure)
	}
}

// bindings returns the hashes of the tokens to which the browser is bound at the
// request's host. The seal names the cookie: what was made for a host without TLS
// does not count at one with TLS.
func (a *API) bindings(r *http.Request) [][]byte {
	var all [][]byte
	for _, secure := range []bool{true, false} {
		name := web.Prefixed(cookieBinding, secure)
		for _, value := range web.CookieValues(r, name) {
			if sum, err := a.cfg.Box.OpenText(value, bindingContext(name, web.Host(r))); err == nil {
				all = append(all, sum)
			}
		}
		if len(all) > 0 {
			break
		}
	}
	return all
}

func bindingContext(name, host string) string { return name + " at " + host }

// cookieTokens returns the tokens of a request's cookies. Another host of the
// domain may have set more than one.
func cookieTokens(r *http.Request) []string {
	var tokens []string
	for _, line := range r.Header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			if value, ok := strings.CutPrefix(strings.TrimLeft(pair, " \t"), cookieToken+"="); ok {
				tokens = append(tokens, strings.Trim(value, ` "`))
			}
		}
	}
	return tokens
}
