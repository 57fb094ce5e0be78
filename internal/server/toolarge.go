package server

import (
	"net/http"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
)

// maxHeader is how much a request may have before its body. Pomerium: 128 KiB.
// net/http itself cuts the connection at maxHeaderRead, with no page. That is above
// all that a browser sends: Chromium and Firefox keep 180 cookies of a domain, of
// 4,096 bytes each. So a person gets the page here, whatever was planted.
const (
	maxHeader     = 128 << 10
	maxHeaderRead = 768 << 10
)

// withinHeaderLimit answers requests with a header that is too large. Nearly
// always the browser has too many cookies, of applications under one domain, and
// sends them with every request: without a page nobody finds out why, and without
// [forgetCookies] nobody gets rid of it.
func withinHeaderLimit(next http.Handler) http.Handler {
	tooLarge := web.StrictTransport(http.HandlerFunc(headerTooLarge))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if headerSize(r) <= maxHeader {
			next.ServeHTTP(w, r)
			return
		}
		tooLarge.ServeHTTP(w, r)
	})
}

func headerTooLarge(w http.ResponseWriter, r *http.Request) {
	cookies := cookiesAtFault(r)
	if cookies {
		forgetCookies(w, r)
	}
	if !web.WantsPage(r) {
		http.Error(w, "The header of the request is too large.", http.StatusRequestHeaderFieldsTooLarge)
		return
	}
	doc := longAddressPage(web.RequestID(r.Context()))
	if cookies {
		doc = tooManyCookiesPage(openAgain(r), web.RequestID(r.Context()))
	}
	if err := page.Write(w, http.StatusRequestHeaderFieldsTooLarge, doc); err != nil {
		web.NoteError(r.Context(), err)
	}
}

func headerSize(r *http.Request) int {
	size := len(r.RequestURI) + len(r.Host)
	for name, values := range r.Header {
		size += linesSize(name, values)
	}
	return size
}

// cookieSize returns how much of headerSize are cookies.
func cookieSize(r *http.Request) int { return linesSize("Cookie", r.Header["Cookie"]) }

func linesSize(name string, values []string) int {
	size := 0
	for _, v := range values {
		size += len(name) + len(v) + len(": \r\n")
	}
	return size
}

// usualAddress is more than the address of any page of ours has.
const usualAddress = 8 << 10

// cookiesAtFault reports whether a request would have fitted without its cookies, and
// would be too large with a usual address as well. A very long address, or another
// large header, is no reason to forget cookies: with a link, any page could sign
// people out.
func cookiesAtFault(r *http.Request) bool {
	size := headerSize(r)
	return size-cookieSize(r) <= maxHeader && size-max(0, len(r.RequestURI)-usualAddress) > maxHeader
}

// openAgain returns the address of the page that the request is about, or "".
func openAgain(r *http.Request) string {
	if r.Method != http.MethodGet {
		return ""
	}
	return authenticate.SamePage(r)
}

// tooManyCookiesPage has a button that opens the page again; none if again is empty.
func tooManyCookiesPage(again, requestID string) page.Doc {
	e := page.Error{
		Title: "Your browser sends too much", RequestID: requestID,
		Text:   "It has more cookies of this site than this server takes, and was told to delete them.",
		Advice: "Open the page again. You will have to sign in again. If you see this more than a few times, delete the cookies of this site in the settings of your browser.",
	}
	if again != "" {
		e.Retry = &page.Link{Label: "Open the page again", Href: again}
	}
	return e.Doc()
}

func longAddressPage(requestID string) page.Doc {
	return page.Error{
		Title: "The address is too long", RequestID: requestID,
		Text:   "Your browser sends a longer address than this server takes.",
		Advice: "Open the page where you came from, or its first page, and go on from there.",
	}.Doc()
}
