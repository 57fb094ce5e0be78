package site

import (
	"net/http"
	"time"

	"gatehouse/internal/seal"
	"gatehouse/internal/web"
)

// sessionCookie is the name of the cookie of a signed-in browser, as Cognito
// has it.
const sessionCookie = "cognito"

// SessionHandle returns the handle of the browser's session, or "".
func SessionHandle(r *http.Request) seal.Secret {
	return seal.Secret(web.CookieValue(r, web.CookieName(r, sessionCookie)))
}

// SetSession gives the browser the handle of its session, for as long as the
// session lasts.
func SetSession(w http.ResponseWriter, r *http.Request, handle seal.Secret, life time.Duration) {
	web.SetCookie(w, r, web.CookieName(r, sessionCookie), handle.Reveal(), life)
}

// ClearSession takes the handle from the browser.
func ClearSession(w http.ResponseWriter, r *http.Request) {
	web.ClearCookie(w, r, web.CookieName(r, sessionCookie))
}
