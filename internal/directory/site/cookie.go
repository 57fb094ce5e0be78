package site

import (
	"net/http"
	"time"

	"gatehouse/internal/base/ids"
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

// SessionHandles returns the handles of the browser's session. There is one, or
// none. Without TLS, another host of the domain can plant more, and put them before
// ours: none is left out, or a sign-out could miss the one that counts.
func SessionHandles(r *http.Request) []seal.Secret {
	var handles []seal.Secret
	for _, value := range web.CookieValues(r, sessionCookie(r)) {
		if len(value) == len(ids.Token()) {
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
