package proxy

import (
	"net/http"
	"strings"

	"gatehouse/internal/gateway/authenticate"
)

// The headers by which an answer says whether caches may keep it.
var cachingHeaders = []string{"Cache-Control", "Expires", "Pragma"}

// askAgain is for caches: only the browser may keep the answer, and must ask the
// gateway before it shows it again. keepNothing is for what a window shows: going
// back, browsers show a page that they may keep and ask nobody, also after a
// sign-out. One that they may not keep is gone with the session's cookie at last.
var (
	askAgain    = []string{"private, no-cache"}
	keepNothing = []string{"private, no-cache, no-store"}
)

// inWindow reports whether a browser shows the answer in a window or a frame. One
// that does not say so may, if it asks for a page.
func inWindow(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return mode == "navigate" || mode == "" && authenticate.ByBrowser(r) && strings.HasPrefix(r.Header.Get("Accept"), "text/html")
}

// keepPersonal keeps an answer from being shown to the next person at the browser.
// Browsers keep answers without a word on caching as they like (RFC 9111 §4.2.2).
// An application's own word stays.
func keepPersonal(h http.Header, x *exchange) {
	if !x.personal() {
		return
	}
	for _, name := range cachingHeaders {
		if word := h[name]; len(word) > 0 && word[0] != "" {
			return
		}
	}
	h["Cache-Control"] = askAgain[:1:1]
	if x.inWindow {
		h["Cache-Control"] = keepNothing[:1:1]
	}
}

// personal reports whether an exchange depends on who the person is: the route asks,
// or the upstream is told. What anybody could send or get belongs to no session.
func (x *exchange) personal() bool {
	return x.route.needsIdentity || x.tellsUpstream()
}

// tellsUpstream reports whether the upstream is told who the person is.
func (x *exchange) tellsUpstream() bool {
	return x.told != nil || len(x.added) > 0 || x.session != nil && x.route.tokens
}
