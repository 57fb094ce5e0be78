package route

import (
	"net"
	"strings"

	"gatehouse/internal/base/hostname"
)

// tunnels finds the routes that answer CONNECT alone (Pomerium: tcp+https). They are
// found by the whole authority of the request: the port counts.
type tunnels struct {
	exact map[string]*Route
	wild  []wildTunnel
	hosts []pattern // where people sign in for them
}

// wildTunnel is an authority with a wildcard in its host.
type wildTunnel struct {
	host  pattern
	port  string
	route *Route
}

// ParseAuthority reads the target of a CONNECT: a host and a port, both required. It
// returns the host as package hostname spells it, and the port without zeros before it.
func ParseAuthority(text string) (host, port string, ok bool) {
	host, port, ok = hostname.Parse(text)
	if !ok || port == "" {
		return "", "", false
	}
	return host, port, true
}

// parseTunnel reads an authority of a configuration, which may hold wildcards.
func parseTunnel(text string) (host, port string, ok bool) {
	host, port, ok = splitPort(text)
	if !ok || port == "" {
		return "", "", false
	}
	if _, port, ok = ParseAuthority(net.JoinHostPort("a", port)); !ok {
		return "", "", false
	}
	host, ok = parseHost(host)
	return host, port, ok
}

// tunnel checks the authorities of a route.
func (c *compiler) tunnel() {
	for _, text := range c.route.Tunnels {
		if _, _, ok := parseTunnel(text); !ok {
			c.fault("from", "", "%q is not a host with a port", text)
		}
	}
}

// addTunnel adds a route whose authorities were checked. The first route of an
// authority has it.
func (t *Table) addTunnel(index int, r *Route) {
	t.tunnels.hosts = append(t.tunnels.hosts, newPattern(r.From.Host))
	for _, text := range r.Tunnels {
		host, port, _ := parseTunnel(text)
		if strings.Contains(host, "*") {
			t.tunnels.wild = append(t.tunnels.wild, wildTunnel{newPattern(host), port, r})
			continue
		}
		authority := net.JoinHostPort(host, port)
		if first := t.tunnels.exact[authority]; first != nil {
			t.shadows = append(t.shadows, Shadow{Route: r, By: first, RouteIndex: index, ByIndex: first.compiled.index})
			continue
		}
		t.tunnels.exact[authority] = r
	}
}

// MatchTunnel returns the route of a CONNECT to an authority, or nil. One that stands
// in full comes before those with wildcards.
func (t *Table) MatchTunnel(authority string) *Route {
	host, port, ok := ParseAuthority(authority)
	if !ok {
		return nil
	}
	if r := t.tunnels.exact[net.JoinHostPort(host, port)]; r != nil {
		return r
	}
	if t.reserved(host) {
		return nil
	}
	for _, w := range t.tunnels.wild {
		if w.port == port && w.host.matches(host) {
			return w.route
		}
	}
	return nil
}

// HasTunnels reports whether any route answers CONNECT.
func (t *Table) HasTunnels() bool { return len(t.tunnels.hosts) > 0 }

// TunnelHost reports whether people sign in at a host for a route that answers CONNECT.
func (t *Table) TunnelHost(host string) bool {
	for _, p := range t.tunnels.hosts {
		if p.exact && p.matches(host) || !p.exact && p.matches(host) && !t.reserved(host) {
			return true
		}
	}
	return false
}
