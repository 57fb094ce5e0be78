package plainhttp

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// RefuseMalformed returns a handler that answers 400 to requests of HTTP/2 and HTTP/3 that
// must not be passed on, and gives next the others. In HTTP/1, they would be two requests,
// or others than those that were looked at. net/http takes them. RFC 9113 §8.1.1, §8.3.1.
func RefuseMalformed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor > 1 && !wellFormed(r) {
			http.Error(w, "400 Bad Request", http.StatusBadRequest) // as net/http says it
			return
		}
		next.ServeHTTP(w, r)
	})
}

// wellFormed reports whether the method is a token, the target a path, and there are no two
// hosts and no two lengths of the content.
func wellFormed(r *http.Request) bool {
	switch {
	case strings.IndexFunc(r.Method, func(c rune) bool { return !httpguts.IsTokenRune(c) }) >= 0:
		return false
	case r.Method != http.MethodConnect && !strings.HasPrefix(r.RequestURI, "/") && (r.Method != http.MethodOptions || r.RequestURI != "*"):
		return false
	}
	for _, host := range r.Header["Host"] {
		if !strings.EqualFold(host, r.Host) {
			return false
		}
	}
	lengths := r.Header["Content-Length"]
	return len(r.Header["Host"]) <= 1 && (len(lengths) == 0 || len(lengths) == 1 && number([]byte(lengths[0]), 10) == r.ContentLength)
}
