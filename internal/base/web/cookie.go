package web

import (
	"net/http"
	"time"
)

// CookieName returns name with the prefix "__Host-", which binds the cookie to
// its host and to TLS (RFC 6265bis §4.1.3.2). Browsers refuse the prefix
// without TLS: then it returns name as it is.
func CookieName(r *http.Request, name string) string { return Prefixed(name, Scheme(r) == "https") }

// SetCookie sets a cookie with our attributes: Path=/, HttpOnly, SameSite=Lax,
// and Secure if the client speaks TLS. It adds no prefix to name; see
// [CookieName]. A cookie with the age 0 ends when the browser is closed.
func SetCookie(w http.ResponseWriter, r *http.Request, name, value string, age time.Duration) {
	setCookie(w, name, value, Scheme(r) == "https", int(age.Seconds()))
}

// ClearCookie removes a cookie that SetCookie set.
func ClearCookie(w http.ResponseWriter, r *http.Request, name string) {
	setCookie(w, name, "", Scheme(r) == "https", -1)
}

// Prefixed is [CookieName] for a host: secure says whether clients reach it with
// TLS, wherever TLS ends.
func Prefixed(name string, secure bool) string {
	if secure {
		return "__Host-" + name
	}
	return name
}

// SetPrefixed is SetCookie for such a host. It adds the prefix to name.
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

// CookieValues returns the values of all cookies of a name, in the browser's order.
// Without TLS, which has no protected names, another host of the domain can put one
// before ours.
func CookieValues(r *http.Request, name string) []string {
	var values []string
	for _, c := range r.CookiesNamed(name) {
		values = append(values, c.Value)
	}
	return values
}
