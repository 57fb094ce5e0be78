package site

import (
	"net/http"

	"gatehouse/internal/base/web"
)

// Redirect sends the browser to a target that was checked. It does not change the
// target, as http.Redirect would.
//
// The status is 302, as Cognito's. For it, unlike for 307, browsers send no form on
// to the target: RFC 9700 §4.12. The address of our page, which has the
// authorization request, is kept from the target: RFC 9700 §4.2.
func Redirect(w http.ResponseWriter, target string) {
	web.NoStore(w.Header())
	w.Header().Set("Location", target)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusFound)
}
