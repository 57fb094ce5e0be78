package site

import (
	"net/http"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
)

// sessionCookie returns the name of the cookie with the browser session. At a pool's
// domain it is Cognito's name. Under issuers, where pools share a host, each pool has
// its own name.
func sessionCookie(r *http.Request) string {
	name := "cognito"
	if id := r.PathValue("pool"); id != "" {
		name += "-" + id
	}
	return web.CookieName(r, name)
}

// SessionHandle returns the handle of the browser session, or "".
func SessionHandle(r *http.Request) seal.Secret {
	return seal.Secret(web.CookieValue(r, sessionCookie(r)))
}

// SetSession sends the handle of a browser session. The cookie lasts for life.
func SetSession(w http.ResponseWriter, r *http.Request, handle seal.Secret, life time.Duration) {
	web.SetCookie(w, r, sessionCookie(r), handle.Reveal(), life)
}

// ClearSession deletes the cookie with the browser session.
func ClearSession(w http.ResponseWriter, r *http.Request) {
	web.ClearCookie(w, r, sessionCookie(r))
}
