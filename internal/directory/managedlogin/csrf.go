package managedlogin

import (
	"net/http"
	"slices"

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

// csrfCookie is Cognito's name. With TLS, the cookie that decides has the prefix
// "__Host-", so that no other host of the domain can plant one. Programs look for
// the bare name: a copy has it, and decides for them alone.
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
		return web.BodyError(err, errForm)
	}
	sent := seal.Secret(r.PostForm.Get(fieldCSRF))
	if !slices.ContainsFunc(browserTokens(r), func(token string) bool { return sent.Equal(token) }) {
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
	decides := web.CookieName(r, csrfCookie)
	if tokens := tokensNamed(r, decides); len(tokens) > 0 {
		return tokens[0]
	}
	fresh := ids.Token()
	web.SetCookie(w, r, decides, fresh, 0)
	if decides != csrfCookie {
		web.SetCookie(w, r, csrfCookie, fresh, 0)
	}
	return fresh
}

// browserTokens returns the tokens that a form may have. There is one. Without
// TLS, another host of the domain can plant more: the form may have any of them,
// so that a planted cookie stops nobody; that a form comes from our own page, the
// browser says by itself.
func browserTokens(r *http.Request) []string {
	tokens := tokensNamed(r, web.CookieName(r, csrfCookie))
	if len(tokens) == 0 && !fromBrowser(r) {
		return tokensNamed(r, csrfCookie)
	}
	return tokens
}

func tokensNamed(r *http.Request, name string) []string {
	return slices.DeleteFunc(web.CookieValues(r, name), func(v string) bool { return len(v) != tokenLength })
}

// fromBrowser reports whether a request has what browsers send by themselves with
// every form.
func fromBrowser(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != ""
}
