// Package hostname has the rules for host names that engines and edges share:
// reading the host out of "host:port", and telling whether a host is this
// machine. It knows nothing of HTTP, so that engines may import it.
package hostname

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Parse reads a Host header: a name, an IPv4 address or an IPv6 address in
// brackets, and perhaps a port (RFC 9110 §7.2). It returns the host in the form
// of [Of] and the port without leading zeros, "" if there is none. It is not ok
// for everything else: characters that no host name has, empty labels, a port
// that is no number from 1 to 65535, a zone.
func Parse(hostport string) (host, port string, ok bool) {
	host = hostport
	colon := strings.LastIndexByte(hostport, ':')
	if colon > strings.LastIndexByte(hostport, ']') {
		host, port = hostport[:colon], hostport[colon+1:]
	}
	if port, ok = parsePort(port); !ok {
		return "", "", false
	}
	if inner, bracket := strings.CutPrefix(host, "["); bracket {
		inner, closed := strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		return addr.String(), port, closed && err == nil && addr.Is6() && addr.Zone() == ""
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host, port, isName(host)
}

// parsePort accepts an empty port: RFC 3986 §3.2.3 makes it the default one.
func parsePort(text string) (string, bool) {
	if text == "" {
		return "", true
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return "", false
	}
	if text[0] != '0' {
		return text, true
	}
	return strconv.FormatUint(n, 10), true
}

// isName reports whether a text in lower case can be a host name. Underscores
// are allowed, because internal names have them.
func isName(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	label := 0
	for i := range len(host) {
		switch b := host[i]; {
		case b == '.' && label > 0:
			label = 0
		case b >= 'a' && b <= 'z', b >= '0' && b <= '9', b == '-', b == '_':
			label++
		default:
			return false
		}
		if label > 63 {
			return false
		}
	}
	return label > 0
}

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
