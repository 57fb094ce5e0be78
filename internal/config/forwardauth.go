package config

import (
	"net/netip"
	"strings"

	"gatehouse/internal/base/settings"
)

// ForwardAuth says where other proxies ask whether a request may pass, and which proxies
// may ask.
type ForwardAuth struct {
	// The address, `host:port`, at which proxies ask by plain HTTP: `/nginx`, `/traefik`,
	// `/caddy`, and `/envoy` or gRPC for Envoy. Only the proxies should reach it: their
	// questions hold the cookies of people.
	Address string `key:"address"`

	// The addresses and networks of the proxies that may ask. What they say of a request,
	// such as its host, its path and its client, is believed; everybody else is refused.
	TrustedProxies []string `key:"trusted_proxies"`
}

// At returns the address, "" if f is nil.
func (f *ForwardAuth) At() string {
	if f == nil {
		return ""
	}
	return f.Address
}

// Networks returns the networks of the trusted proxies, none if f is nil.
func (f *ForwardAuth) Networks() []netip.Prefix {
	if f == nil {
		return nil
	}
	var all []netip.Prefix
	for _, text := range f.TrustedProxies {
		if network, ok := parseNetwork(text); ok {
			all = append(all, network)
		}
	}
	return all
}

// parseNetwork reads an address or a network. An IPv4 address in IPv6 form is read as
// IPv4.
func parseNetwork(text string) (netip.Prefix, bool) {
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), err == nil && addr.Zone() == ""
	}
	network, err := netip.ParsePrefix(text)
	return network.Masked(), err == nil && !network.Addr().Is4In6()
}

func (k *checker) checkForwardAuth(f *ForwardAuth) {
	if f == nil {
		return
	}
	if f.Address == "" {
		k.missing("forward_auth.address", "write an address that only the proxies reach, for example 127.0.0.1:9010")
	} else {
		k.address("forward_auth.address", f.Address)
	}
	if len(f.TrustedProxies) == 0 {
		k.missing("forward_auth.trusted_proxies", "write the addresses of the proxies that ask, for example [127.0.0.1]")
	}
	for i, text := range f.TrustedProxies {
		if network, ok := parseNetwork(text); !ok {
			k.fail(settings.Item("forward_auth.trusted_proxies", i), settings.Quote(text), "an IP address or a network", "write 10.0.0.7 or 10.0.0.0/8")
		} else if network.Bits() == 0 {
			k.fail(settings.Item("forward_auth.trusted_proxies", i), settings.Quote(text), "a network of proxies: everybody is in it", "write the addresses of the proxies alone")
		}
	}
	if len(k.c.AllRoutes()) == 0 {
		k.fail("forward_auth", "needs routes: they decide which request may pass", "", "")
	}
}
