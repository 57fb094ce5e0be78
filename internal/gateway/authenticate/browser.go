package authenticate

import (
	"net/http"
	"strings"

	"gatehouse/internal/base/web"
)

// Redirect sends a browser on. Nothing may cache the answer, because the next
// request may be signed in. The address may hold a ticket, so it must not
// appear in a Referer header.
func Redirect(w http.ResponseWriter, to string, status int) {
	h := w.Header()
	web.NoStore(h)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Location", to)
	w.WriteHeader(status)
}

// ByScript reports whether a script of a page sent the request. A script can't
// use a redirect to a sign-in page, so it gets 401 instead.
func ByScript(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("X-Requested-With"), "XMLHttpRequest")
}

// Pages are paths, on an application's host, for a person who is signed in.
type Pages struct {
	SignOut        string // ends the session
	AnotherAccount string // signs in with another account, and comes back
}

// SamePage returns the link that opens the page of a request again. It never
// leads to another host: a path such as //example.net would, so it becomes "/".
func SamePage(r *http.Request) string {
	uri := r.URL.RequestURI()
	if !strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "//") {
		return "/"
	}
	return uri
}
