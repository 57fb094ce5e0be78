package managedlogin

import (
	"net/http"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
)

// errForged says that a form was not sent by one of our pages.
var errForged = fault.New(fault.Denied, "form_forged", "The form was not sent from this page, or its cookie is missing.")

// csrfCookie is named as Cognito names it: programs look for it. It is kept
// without the prefix "__Host-", so that a sibling host could plant one; the
// check of the form's origin stands beside it.
const csrfCookie = "XSRF-TOKEN"

// checkOrigin proves that a post comes from one of our own pages: the browser
// says so (Sec-Fetch-Site or Origin), and the token in the form is the one in
// the cookie. It reads the form.
func checkOrigin(r *http.Request) error {
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
		return errForged
	}
	return nil
}

// tokenLength is that of ids.Token.
const tokenLength = 43

// browserToken returns the token of this browser, and gives it one if it has
// none. All pages that are open in it share the token, so that none breaks
// the other.
func browserToken(w http.ResponseWriter, r *http.Request) string {
	if cookie := web.CookieValue(r, csrfCookie); len(cookie) == tokenLength {
		return cookie
	}
	fresh := ids.Token()
	web.SetCookie(w, r, csrfCookie, fresh, 0)
	return fresh
}
