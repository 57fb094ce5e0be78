package config

import (
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/settings"
)

// Upgrades says to which protocols the connections of a route may change.
type Upgrades struct {
	// Let websocket connections through.
	AllowWebsockets bool `key:"allow_websockets"`

	// Let SPDY through, which old versions of kubectl use.
	AllowSPDY bool `key:"allow_spdy"`

	// Protocols to let through, as clients name them in the header Upgrade, besides
	// those of the top-level key of this name.
	AllowUpgrades []string `key:"allow_upgrades"`
}

// Protocols returns the protocols to which connections of the route may change, in
// lower case.
func (u *Upgrades) Protocols() []string {
	var all []string
	if u.AllowWebsockets {
		all = append(all, "websocket")
	}
	if u.AllowSPDY {
		all = append(all, "spdy/3.1")
	}
	return protocolsOf(append(all, u.AllowUpgrades...))
}

// UpgradesOfAll returns the protocols to which connections of all routes may change.
func (u *Upstreams) UpgradesOfAll() []string { return protocolsOf(u.AllowUpgrades) }

// protocolsOf leaves out the requests with the method CONNECT, which are no upgrade
// of a connection: Gatehouse answers them for TCP routes alone.
func protocolsOf(names []string) []string {
	var all []string
	for _, name := range names {
		if name = strings.ToLower(name); !strings.HasPrefix(name, "connect") && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

func (k *checker) checkUpgrades(key string, names []string) {
	for i, name := range names {
		for part := range strings.SplitSeq(name, "/") {
			if !httpguts.ValidHeaderFieldName(part) { // a protocol is one or two tokens: RFC 9110 §7.8
				k.fail(settings.Item(key, i), settings.Quote(name), "the name of a protocol, such as websocket", "")
				break
			}
		}
	}
}
