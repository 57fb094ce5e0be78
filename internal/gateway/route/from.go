package route

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
)

// ErrUnsupported is in the error chain of a fault about a known kind of route
// that is not offered: TCP, UDP and SSH.
var ErrUnsupported = fault.New(fault.Unsupported, "route_unsupported", "Routes of this kind are not supported.")

// From is the public side of a route: the URLs that the route answers.
type From struct {
	Scheme string // https or http
	Host   string // lower case, without port and brackets; may hold wildcards
	Port   string // empty: any port
}

// Wildcard reports whether the host holds a wildcard.
func (f From) Wildcard() bool { return strings.Contains(f.Host, "*") }

// Takes reports whether the host, in the form of cleaned hosts, is From's or fits
// its wildcards.
func (f From) Takes(host string) bool {
	p := newPattern(f.Host)
	return p.matches(host)
}

// String prints the URL in the form that ParseFrom reads back to f.
func (f From) String() string {
	host := f.Host
	switch {
	case f.Port != "":
		host = net.JoinHostPort(f.Host, f.Port)
	case strings.Contains(f.Host, ":"):
		host = "[" + f.Host + "]"
	}
	return f.Scheme + "://" + host
}

var defaultPorts = map[string]string{"https": "443", "http": "80"}

// ParseFrom reads the key from: scheme, host, perhaps a port, nothing else. The
// default port of the scheme is treated as no port (Pomerium). The error is a
// *Fault. For TCP, UDP and SSH routes it is also ErrUnsupported, and the scheme is
// returned.
func ParseFrom(text string) (From, error) {
	scheme, rest, found := strings.Cut(text, "://")
	scheme = strings.ToLower(scheme)
	switch {
	case !found:
		return From{}, badFrom(text, "found no scheme", fmt.Sprintf("did you mean %q?", "https://"+strings.TrimLeft(text, "/ ")))
	case otherKinds[scheme]:
		f := badFrom(text, "routes with the scheme "+scheme+" are not supported", "")
		f.cause = ErrUnsupported
		return From{Scheme: scheme}, f
	case defaultPorts[scheme] == "":
		return From{}, badFrom(text, "expected the scheme https", "")
	}
	authority, path, _ := strings.Cut(rest, "/")
	switch {
	case strings.ContainsAny(rest, "?#"):
		return From{}, badFrom(text, "expected no query and no fragment", "")
	case strings.Contains(authority, "@"):
		return From{}, badFrom(text, "expected no user name in the URL", "")
	case path != "":
		return From{}, badFrom(text, "expected no path", fmt.Sprintf("write prefix: /%s", path))
	}
	return parseAuthority(text, scheme, authority)
}

// otherKinds are the schemes of routes for other protocols than HTTP. Those for TCP
// have a From without that scheme, and Tunnels.
var otherKinds = map[string]bool{
	"tcp+https": true, "tcp+http": true, "udp+https": true, "udp+http": true, "ssh": true,
}

func badFrom(text, message, hint string) *Fault {
	return &Fault{Route: -1, Key: "from", Message: fmt.Sprintf("%q: %s", text, message), Hint: hint}
}

func parseAuthority(text, scheme, authority string) (From, error) {
	host, port, ok := splitPort(authority)
	if ok && port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		ok = err == nil && n > 0
		port = strconv.FormatUint(n, 10)
	}
	if !ok {
		return From{}, badFrom(text, "expected a port between 1 and 65535 after the colon", "")
	}
	if port == defaultPorts[scheme] {
		port = ""
	}
	host, ok = parseHost(host)
	if !ok {
		return From{}, badFrom(text, "expected a host name, an IP address or a name with wildcards", "")
	}
	return From{Scheme: scheme, Host: host, Port: port}, nil
}

// splitPort splits host and port, and removes the brackets of an IPv6 address. A
// colon without a port is not accepted.
func splitPort(authority string) (host, port string, ok bool) {
	if inner, isBracket := strings.CutPrefix(authority, "["); isBracket {
		address, after, closed := strings.Cut(inner, "]")
		if !closed || !strings.Contains(address, ":") {
			return "", "", false
		}
		port, hasPort := strings.CutPrefix(after, ":")
		return address, port, after == "" || hasPort && port != ""
	}
	host, port, hasPort := strings.Cut(authority, ":")
	return host, port, !hasPort || port != ""
}

// parseHost brings a host of a configuration file into the form in which hosts of
// requests are compared.
func parseHost(host string) (string, bool) {
	if strings.Contains(host, ":") {
		addr, err := netip.ParseAddr(host)
		return addr.String(), err == nil && addr.Zone() == ""
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "" || len(host) > 253 {
		return "", false
	}
	labels := strings.Split(host, ".")
	for i, label := range labels {
		ascii, ok := parseLabel(label)
		if !ok {
			return "", false
		}
		labels[i] = ascii
	}
	return strings.Join(labels, "."), true
}

// parseLabel returns the ASCII form (IDNA) of a label. Underscores are allowed,
// because internal names have them.
func parseLabel(label string) (string, bool) {
	plain := strings.IndexFunc(label, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '*')
	}) < 0
	if plain {
		return label, label != "" && len(label) <= 63
	}
	ascii, err := idna.Lookup.ToASCII(label)
	if err != nil || strings.Contains(ascii, ".") || ascii == "" || len(ascii) > 63 {
		return "", false
	}
	return ascii, true
}

// normalHost is parseHost for the host of a request. It changes only the spelling.
// "" means that no route can have the host.
func normalHost(host string) string {
	host = hostname.Of(host)
	if !strings.Contains(host, ":") {
		return host
	}
	if _, err := netip.ParseAddr(host); err != nil {
		return ""
	}
	return host
}
