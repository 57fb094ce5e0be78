package server

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
)

// redirectToTLS redirects plain HTTP to the same address over TLS.
func redirectToTLS(c *config.Config) http.Handler {
	_, port, _ := net.SplitHostPort(c.Address) // validated by config
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := web.Host(r)
		switch {
		case port != "443":
			host = net.JoinHostPort(host, port)
		case strings.Contains(host, ":"):
			host = "[" + host + "]"
		}
		to := url.URL{Scheme: "https", Host: host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, to.String(), http.StatusPermanentRedirect)
	})
}
