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

// maxHandles limits how many handles of a request are looked up.
const maxHandles = 8

// SessionHandles returns the handles of the browser's session. There is one, or
// none. Without TLS, another host of the domain can plant more.
func SessionHandles(r *http.Request) []seal.Secret {
	var handles []seal.Secret
	for _, value := range web.CookieValues(r, sessionCookie(r)) {
		if value != "" && len(handles) < maxHandles {
			handles = append(handles, seal.Secret(value))
		}
	}
	return handles
}

// SetSession sends the handle of a browser session. The cookie lasts for life.
func SetSession(w http.ResponseWriter, r *http.Request, handle seal.Secret, life time.Duration) {
	web.SetCookie(w, r, sessionCookie(r), handle.Reveal(), life)
}

// ClearSession deletes the cookie with the browser session.
func ClearSession(w http.ResponseWriter, r *http.Request) {
	web.ClearCookie(w, r, sessionCookie(r))
}
