package web

import (
	"net/http"

	"gatehouse/internal/base/hostname"
)

// StrictTransport tells browsers, with every answer to a request over TLS, to use
// TLS alone for the host for a year (RFC 6797). It says nothing of the names under
// the host: they may belong to other programs. It leaves out localhost, where other
// programs answer without TLS. A handler may replace the header.
func StrictTransport(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if Scheme(r) == "https" && !hostname.IsLocalhost(Host(r)) {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		h.ServeHTTP(w, r)
	})
}
