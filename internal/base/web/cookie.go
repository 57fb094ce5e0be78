package web

import (
	"net/http"
	"time"
)

// CookieName returns name with the prefix that binds the cookie to its host
// and to TLS where the request allows it (RFC 6265bis §4.1.3.2). Browsers
// refuse "__Host-" without TLS, so on plain HTTP, which only a loopback
// address serves, the bare name stands.
func CookieName(r *http.Request, name string) string { return Prefixed(name, Scheme(r) == "https") }

// SetCookie sets a cookie with our attributes: Path=/, HttpOnly, SameSite=Lax,
// and Secure wherever the client speaks TLS. name is taken as it is; see
// [CookieName]. An age of 0 makes a cookie that ends with the browser.
func SetCookie(w http.ResponseWriter, r *http.Request, name, value string, age time.Duration) {
	setCookie(w, name, value, Scheme(r) == "https", int(age.Seconds()))
}

// ClearCookie removes a cookie that SetCookie set.
func ClearCookie(w http.ResponseWriter, r *http.Request, name string) {
	setCookie(w, name, "", Scheme(r) == "https", -1)
}

// Prefixed is [CookieName] for a host of which it is known whether it has TLS,
// wherever that ends.
func Prefixed(name string, secure bool) string {
	if secure {
		return "__Host-" + name
	}
	return name
}

// SetPrefixed is SetCookie for such a host, under the prefixed name.
func SetPrefixed(w http.ResponseWriter, name, value string, secure bool, age time.Duration) {
	setCookie(w, Prefixed(name, secure), value, secure, int(age.Seconds()))
}

// ClearPrefixed removes a cookie that SetPrefixed set.
func ClearPrefixed(w http.ResponseWriter, name string, secure bool) {
	setCookie(w, Prefixed(name, secure), "", secure, -1)
}

func setCookie(w http.ResponseWriter, name, value string, secure bool, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge, Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
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
