// Package hostname has the rules for host names that engines and edges share:
// reading the host out of "host:port", and telling whether a host is this
// machine. It knows nothing of HTTP, so that engines may import it.
package hostname

import (
	"net"
	"strings"
)

// Of returns the host of "host:port" in lower case, without the port, without
// the brackets of an IPv6 address and without a dot at the end. A text without
// a port is read as a host.
func Of(hostport string) string {
	h := strings.ToLower(hostport)
	if strings.HasPrefix(h, "[") {
		if end := strings.IndexByte(h, ']'); end > 0 {
			return h[1:end]
		}
		return h
	}
	if i := strings.LastIndexByte(h, ':'); i >= 0 && strings.Count(h, ":") == 1 {
		h = h[:i]
	}
	return strings.TrimSuffix(h, ".")
}

// IsLocalhost reports whether host (no port) is "localhost" or a name under
// it. RFC 6761 §6.3.
func IsLocalhost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// IsLoopback reports whether host (no port, no brackets) names this machine:
// a name that IsLocalhost accepts, or a loopback address.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return IsLocalhost(host) || ip != nil && ip.IsLoopback()
}
