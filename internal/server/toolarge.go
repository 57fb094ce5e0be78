package server

import (
	"net/http"
	"strings"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
)

// maxHeader is how much a request may have before its body. Pomerium: 128 KiB.
// net/http itself cuts the connection at maxHeaderRead, with no page; it is above,
// so that a person gets the page here first.
const (
	maxHeader     = 128 << 10
	maxHeaderRead = 256 << 10
)

// withinHeaderLimit answers requests with a header that is too large. Nearly
// always the browser has too many cookies, of applications under one domain, and
// sends them with every request: without a page nobody finds out why.
func withinHeaderLimit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if headerSize(r) <= maxHeader {
			next.ServeHTTP(w, r)
			return
		}
		clearPassingCookies(w, r)
		if !web.WantsPage(r) {
			http.Error(w, "The header of the request is too large.", http.StatusRequestHeaderFieldsTooLarge)
			return
		}
		again := ""
		if r.Method == http.MethodGet && len(r.RequestURI) < maxHeader/2 {
			again = authenticate.SamePage(r)
		}
		if err := page.Write(w, http.StatusRequestHeaderFieldsTooLarge, tooLargePage(again, web.RequestID(r.Context()))); err != nil {
			web.NoteError(r.Context(), err)
		}
	})
}

func headerSize(r *http.Request) int {
	size := len(r.RequestURI) + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v) + len(": \r\n")
		}
	}
	return size
}

// clearPassingCookies removes our cookies of sign-ins under way. A sign-in that
// begins makes them again.
func clearPassingCookies(w http.ResponseWriter, r *http.Request) {
	for _, c := range r.Cookies() {
		name, secure := strings.CutPrefix(c.Name, web.Prefixed("", true))
		if strings.HasPrefix(name, "_gatehouse_") {
			web.ClearPrefixed(w, name, secure)
		}
	}
}

// tooLargePage has a button that opens the page again; none if again is empty.
func tooLargePage(again, requestID string) page.Doc {
	e := page.Error{
		Title: "Your browser sends too much", RequestID: requestID,
		Text:   "The address and the cookies of this request are larger than this server takes.",
		Advice: "Delete the cookies of this site in the settings of your browser, and open the page again. You will have to sign in again.",
	}
	if again != "" {
		e.Retry = &page.Link{Label: "Open the page again", Href: again}
	}
	return e.Doc()
}
