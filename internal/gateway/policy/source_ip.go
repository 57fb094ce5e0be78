package policy

import (
	"net/netip"
	"strings"
)

// sourceIP is true if the client's address is one of the addresses, or in one of
// the networks.
var sourceIP = kind{
	name:  "source_ip",
	class: ofRequest,
	yes:   ReasonSourceIPOK,
	no:    ReasonSourceIPUnauthorized,
	parse: parseSourceIP,
}

type sourceIPCondition []netip.Prefix

func parseSourceIP(p *parser, path, _ string, data any) condition {
	list, isList := data.([]any)
	if !isList {
		list = []any{data}
	}
	var c sourceIPCondition
	for _, item := range list {
		network, ok := parseNetwork(item)
		if !ok {
			p.expected(path, item, "an IP address or a network such as 10.0.0.0/8", "")
			return nil
		}
		c = append(c, network)
	}
	if len(c) == 0 {
		p.expected(path, data, "an IP address or a network such as 10.0.0.0/8", "")
		return nil
	}
	return c
}

// parseNetwork reads an address or a network. An IPv4 address in IPv6 form
// (::ffff:192.0.2.1) is read as IPv4.
func parseNetwork(v any) (netip.Prefix, bool) {
	text, ok := v.(string)
	if !ok {
		return netip.Prefix{}, false
	}
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, false
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	if network.Addr().Is4In6() {
		if network.Bits() < 96 {
			return netip.Prefix{}, false
		}
		network = netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-96)
	}
	return network.Masked(), true
}

func (c sourceIPCondition) holds(r *Request) bool {
	addr := r.SourceIP.Unmap().WithZone("")
	for _, network := range c {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

func (c sourceIPCondition) join(other condition) condition {
	both := append(sourceIPCondition{}, c...)
	return append(both, other.(sourceIPCondition)...)
}

func (c sourceIPCondition) fact() string {
	var all []string
	for _, network := range c {
		all = append(all, network.String())
	}
	return "the client's address is in " + oneOf(all)
}

func (c sourceIPCondition) say(r *Request, not, full bool) string {
	networks := "one that this rule names"
	if full {
		var all []string
		for _, network := range c {
			all = append(all, network.String())
		}
		networks = "in " + oneOf(all)
	}
	sentence := "your network address" + must(not) + "be " + networks
	if r.SourceIP.IsValid() {
		sentence += "; it is " + r.SourceIP.Unmap().String()
	}
	return sentence
}
