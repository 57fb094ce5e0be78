package site

import (
	"net/http"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
)

// sessionCookie is the name of the cookie of a signed-in browser: Cognito's at a
// pool's domain, and under issuers, where pools share a host, one for each pool.
func sessionCookie(r *http.Request) string {
	name := "cognito"
	if id := r.PathValue("pool"); id != "" {
		name += "-" + id
	}
	return web.CookieName(r, name)
}

// SessionHandle returns the handle of the browser's session, or "".
func SessionHandle(r *http.Request) seal.Secret {
	return seal.Secret(web.CookieValue(r, sessionCookie(r)))
}

// SetSession gives the browser the handle of its session, for as long as the
// session lasts.
func SetSession(w http.ResponseWriter, r *http.Request, handle seal.Secret, life time.Duration) {
	web.SetCookie(w, r, sessionCookie(r), handle.Reveal(), life)
}

// ClearSession takes the handle from the browser.
func ClearSession(w http.ResponseWriter, r *http.Request) {
	web.ClearCookie(w, r, sessionCookie(r))
}
