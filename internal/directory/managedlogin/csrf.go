package managedlogin

import (
	"net/http"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
)

// Errors of checkForm.
var (
	// errForged: the browser says that the form came from another origin.
	errForged = fault.New(fault.Denied, "form_forged", "The form was not sent from this page.")
	// errStale: the form does not have the token of this browser. The page was
	// open when the cookie ended, or the browser keeps no cookies.
	errStale = fault.New(fault.Denied, "form_stale",
		"This page was open for too long, and nothing was sent. Please fill it in once more. If you see this message again, allow cookies for this address.")
)

// csrfCookie is named as Cognito names it: programs look for it. It has no
// prefix "__Host-", so a sibling host could set one; that is why checkForm
// checks the origin of the form too.
const csrfCookie = "XSRF-TOKEN"

// checkForm accepts a POST that comes from one of our own pages: the browser
// says so (Sec-Fetch-Site or Origin), and the token in the form is the one in
// the cookie. It reads the form. Another method passes.
// errForged, errStale, errForm.
func checkForm(r *http.Request) error {
	if r.Method != http.MethodPost {
		return nil
	}
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return errForged.Because(err)
	}
	if err := r.ParseForm(); err != nil {
		return errForm.Because(err)
	}
	cookie := web.CookieValue(r, csrfCookie)
	if len(cookie) != tokenLength || !seal.Secret(cookie).Equal(r.PostForm.Get(fieldCSRF)) {
		return errStale
	}
	return nil
}

// sameOrigin reports whether the browser itself says that a request comes from
// our own page. Only what http.CrossOriginProtection let pass may be asked
// about: it has compared Origin with the host.
func sameOrigin(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Site") == "same-origin" || r.Header.Get("Origin") != ""
}

// tokenLength is the length of an ids.Token.
const tokenLength = 43

// browserToken returns the token of this browser, and sets a new one if the
// browser has none. All open pages of a browser share the token, so that a
// second page does not invalidate the first.
func browserToken(w http.ResponseWriter, r *http.Request) string {
	if cookie := web.CookieValue(r, csrfCookie); len(cookie) == tokenLength {
		return cookie
	}
	fresh := ids.Token()
	web.SetCookie(w, r, csrfCookie, fresh, 0)
	return fresh
}
