package web

import (
	"net/http"
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
		refusal := &headerOnly{header: http.Header{}, status: http.StatusNotFound}
		h.ServeHTTP(refusal, r)
		if allow := refusal.header.Values("Allow"); len(allow) > 0 {
			w.Header()["Allow"] = allow
		}
		render(w, r, refusal.status)
	})
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
