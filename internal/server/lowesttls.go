package server

import (
	"crypto/tls"
	"net/http"
	"strings"

	"gatehouse/internal/base/web"
)

// withLowestTLS returns t, which takes TLS 1.3 alone for the domains whose owners
// chose that.
func (s *Server) withLowestTLS(t *tls.Config) *tls.Config {
	if s.directory == nil {
		return t
	}
	strict := t.Clone()
	strict.MinVersion = tls.VersionTLS13
	t.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if s.directory.pools.NeedsTLS13(strings.ToLower(hello.ServerName)) {
			return strict, nil
		}
		return nil, nil
	}
	return t
}

// onLowestTLS refuses a request for such a domain on a connection that was made for
// another host, or for none, with an older version. RFC 9110 §15.5.20.
func (s *Server) onLowestTLS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil && r.TLS.Version < tls.VersionTLS13 && s.directory.pools.NeedsTLS13(web.Host(r)) {
			http.Error(w, "This host takes TLS 1.3 alone.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
