package config

import (
	"strings"

	"gatehouse/internal/base/pattern"
)

// WithoutEffect returns the keys that a file may hold and that nothing acts on,
// without the indexes of lists. [Load] warns of each that it finds. A key leaves
// this list as soon as a part of Gatehouse reads it.
func WithoutEffect() []string {
	keys := []string{
		"circuit_breaker_thresholds.max_connection_pools",           // Envoy's
		"secrets.defaults.refresh", "secrets.defaults.negative_ttl", // the files are looked at every second
	}
	for _, list := range []string{"policy", "routes"} {
		for _, key := range []string{
			"circuit_breaker_thresholds.max_connection_pools",
			"sub_policies.id", "sub_policies.name", "sub_policies.rego", // for the console that wrote them
		} {
			keys = append(keys, list+"."+key)
		}
	}
	return keys
}

var index = pattern.New(`\[[0-9]+\]`)

// withoutEffect returns the paths in the file of keys that nothing acts on, in no order.
func (c *Config) withoutEffect() []string {
	known, last := map[string]bool{}, map[string]bool{}
	for _, key := range WithoutEffect() {
		known[key], last[lastKey(key)] = true, true
	}
	var found []string
	for path := range c.trail.Paths() { // of an item of a list, the list is named itself
		if last[lastKey(path)] && known[index.ReplaceAllString(path, "")] {
			found = append(found, path)
		}
	}
	return found
}

// lastKey returns the last part of a path.
func lastKey(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
