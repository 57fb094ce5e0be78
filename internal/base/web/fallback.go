package web

import (
	"net/http"
	"net/url"
	"strings"
)

// WithFallback returns mux, with render in place of the plain text that mux
// answers by itself: 404 for a path that it does not have, and 405 for a path
// that it has for other methods only. The header Allow is set before render is
// called. RFC 9110 §15.5.6.
func WithFallback(mux *http.ServeMux, render func(w http.ResponseWriter, r *http.Request, status int)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r) // which also sets the path's values
			return
		}
		refusal := refusalOf(mux, h, r)
		if allow := refusal.header.Values("Allow"); len(allow) > 0 {
			w.Header()["Allow"] = allow
		}
		render(w, r, refusal.status)
	})
}

// refusalOf returns how mux refuses a request with h, which mux chose for it.
// A mux redirects every path that is not clean, such as //x, although it may
// refuse the clean path then. That refusal is returned.
func refusalOf(mux *http.ServeMux, h http.Handler, r *http.Request) *headerOnly {
	refusal := answerOf(h, r)
	if refusal.status/100 != 3 {
		return refusal
	}
	clean, err := url.Parse(refusal.header.Get("Location"))
	if err == nil {
		target := &http.Request{Method: r.Method, Host: r.Host, URL: clean}
		if h, pattern := mux.Handler(target); pattern == "" {
			refusal = answerOf(h, target)
		}
	}
	if err != nil || refusal.status/100 == 3 {
		return &headerOnly{header: http.Header{}, status: http.StatusNotFound}
	}
	return refusal
}

func answerOf(h http.Handler, r *http.Request) *headerOnly {
	w := &headerOnly{header: http.Header{}, status: http.StatusNotFound}
	h.ServeHTTP(w, r)
	return w
}

// headerOnly is a ResponseWriter that keeps status and header and drops the
// body.
type headerOnly struct {
	header http.Header
	status int
}

func (w *headerOnly) Header() http.Header         { return w.header }
func (w *headerOnly) WriteHeader(status int)      { w.status = status }
func (w *headerOnly) Write(b []byte) (int, error) { return len(b), nil }

// WantsPage reports whether the client asks for a page, as browsers do when
// they open an address. Programs that send no Accept, or "*/*", do not.
func WantsPage(r *http.Request) bool {
	return strings.Contains(strings.Join(r.Header.Values("Accept"), ","), "text/html")
}
