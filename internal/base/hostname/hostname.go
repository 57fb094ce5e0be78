// Package hostname has the rules for host names that engines and edges share:
// reading the host out of "host:port", and telling whether a host is this
// machine. It knows nothing of HTTP, so that engines may import it.
package hostname

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
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
	host = Lower(strings.TrimSuffix(host, "."))
	return host, port, isName(host)
}

// IsHost reports whether text is a host name or an IP address: without port and
// brackets, in letters of either case.
func IsHost(text string) bool {
	if ip, err := netip.ParseAddr(text); err == nil {
		return ip.Zone() == ""
	}
	return isName(strings.ToLower(text))
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

// Of returns the host of "host:port" in the one form in which hosts are compared:
// lower case, without port, brackets and dots at the end, an IPv6 address in its
// shortest spelling, a name in ASCII (IDNA). A text without a port is read as a
// host. Of a text that is no host, some text is returned that no host equals.
func Of(hostport string) string {
	h := strings.ToLower(hostport)
	if inner, ok := strings.CutPrefix(h, "["); ok {
		if end := strings.IndexByte(inner, ']'); end > 0 {
			return address(inner[:end])
		}
		return h
	}
	switch strings.Count(h, ":") {
	case 0:
	case 1:
		h = h[:strings.IndexByte(h, ':')]
	default:
		return address(h)
	}
	return ascii(strings.TrimRight(h, "."))
}

// address spells an IPv6 address. Another text stays as it is.
func address(text string) string {
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return text
	}
	return ip.WithZone("").String()
}

// ascii returns the form of a name that travels (RFC 5891 §5).
func ascii(name string) string {
	if strings.IndexFunc(name, func(c rune) bool { return c >= utf8.RuneSelf }) < 0 {
		return name
	}
	if a, err := idna.Lookup.ToASCII(name); err == nil {
		return a
	}
	return name
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
