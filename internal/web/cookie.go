package web

import (
	"net/http"
	"time"
)

// CookieName returns name with the prefix that binds the cookie to its host
// and to TLS where the request allows it (RFC 6265bis §4.1.3.2). Browsers
// refuse "__Host-" without TLS, so on plain HTTP, which only a loopback
// address serves, the bare name stands.
func CookieName(r *http.Request, name string) string {
	if Scheme(r) == "https" {
		return "__Host-" + name
	}
	return name
}

// SetCookie sets a cookie with our attributes: Path=/, HttpOnly, SameSite=Lax,
// and Secure wherever the client speaks TLS. name is taken as it is; see
// [CookieName]. An age of 0 makes a cookie that ends with the browser.
func SetCookie(w http.ResponseWriter, r *http.Request, name, value string, age time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(age.Seconds()),
		HttpOnly: true, Secure: Scheme(r) == "https", SameSite: http.SameSiteLaxMode,
	})
}

// ClearCookie removes a cookie that SetCookie set.
func ClearCookie(w http.ResponseWriter, r *http.Request, name string) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Path: "/", MaxAge: -1,
		HttpOnly: true, Secure: Scheme(r) == "https", SameSite: http.SameSiteLaxMode,
	})
}

// CookieValue returns the value of a cookie, or "".
func CookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}
