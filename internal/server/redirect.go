package server

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
)

// redirectToTLS redirects plain HTTP to the same address over TLS. The port is that
// of the URL that people use, not the listener's: a container or a load balancer
// may map one to the other.
func (s *Server) redirectToTLS() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := web.Host(r)
		switch port := s.claims.Load().portOf(host); {
		case port != "" && port != "443":
			host = net.JoinHostPort(host, port)
		case strings.Contains(host, ":"):
			host = "[" + host + "]"
		}
		to := url.URL{Scheme: "https", Host: host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, to.String(), http.StatusPermanentRedirect)
	})
}

// publicPorts returns the ports of the URLs that people use, by host. The port of ""
// is for all other hosts: those of routes without a port, and the domains of pools.
func publicPorts(c *config.Config) map[string]string {
	ports := map[string]string{}
	for _, r := range c.AllRoutes() {
		if port := r.From.Port(); port != "" {
			ports[hostname.Of(r.From.Host)] = port
		}
	}
	for _, u := range []*url.URL{teamURL(c), directoryURL(c), c.AuthenticateServiceURL} {
		if u != nil {
			ports[hostname.Of(u.Host)], ports[""] = u.Port(), u.Port()
		}
	}
	return ports
}

// portOf returns the port of the URL that people use for a host, or "".
func (c *claims) portOf(host string) string {
	if port, known := c.ports[host]; known {
		return port
	}
	return c.ports[""]
}
