package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddr returns the address of the request's client, with the proxies that
// Observer.TrustedHops trusts. It returns the zero Addr if the address is unknown.
func ClientAddr(r *http.Request) netip.Addr {
	hops := 0
	if e := eventOf(r.Context()); e != nil {
		hops = e.trustedHops
	}
	return ClientAddrBehind(r, hops)
}

// ClientAddrBehind returns the client's address: the peer's, or with trusted
// proxies in front the entry of X-Forwarded-For that the outermost of them wrote,
// counted from the right. If the list is too short or unreadable, it returns the
// peer's: only our proxies are trusted.
func ClientAddrBehind(r *http.Request, trustedHops int) netip.Addr {
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

// Network returns what counts as one client: an IPv4 address, or the /64 that a site with
// IPv6 has at least; "" for the zero Addr.
func Network(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		return netip.PrefixFrom(a, 64).Masked().String()
	}
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
