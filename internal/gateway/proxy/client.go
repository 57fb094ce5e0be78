package proxy

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// clientAddr returns the client's address: the peer's, or with trusted proxies
// in front the entry of X-Forwarded-For that the outermost of them wrote
// (xff_num_trusted_hops counts from the right). If the list is too short or
// unreadable, it returns the peer's: only our proxies are trusted.
func clientAddr(r *http.Request, trustedHops int) netip.Addr {
	if trustedHops > 0 {
		entries := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
		if i := len(entries) - trustedHops; i >= 0 {
			if addr, err := netip.ParseAddr(strings.TrimSpace(entries[i])); err == nil {
				return addr.Unmap().WithZone("")
			}
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

// preflight reports whether r is a CORS preflight (Fetch §3.2.2).
func preflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}
