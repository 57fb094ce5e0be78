package config

import (
	"slices"
	"strings"

	"gatehouse/internal/base/pattern"
)

// WithoutEffect returns the keys that a file may hold and that nothing acts on,
// without the indexes of lists. [Load] warns of each that it finds. A key leaves
// this list as soon as a part of Gatehouse reads it.
func WithoutEffect() []string {
	keys := []string{"circuit_breaker_thresholds.max_connection_pools"} // Envoy's
	for _, list := range []string{"policy", "routes"} {
		for _, key := range []string{
			"circuit_breaker_thresholds.max_connection_pools",
			"sub_policies.id", "sub_policies.name", "sub_policies.rego", // for the console that wrote them
			"sub_policies.explanation", "sub_policies.remediation", // texts for the page of a refusal
		} {
			keys = append(keys, list+"."+key)
		}
	}
	return keys
}

var index = pattern.New(`\[[0-9]+\]`)

// withoutEffect returns the paths in the file of keys that nothing acts on.
func (c *Config) withoutEffect() []string {
	known := WithoutEffect()
	return slices.DeleteFunc(c.trail.Paths(), func(path string) bool {
		item := strings.HasSuffix(path, "]") // of a list, which is named itself
		return item || !slices.Contains(known, index.ReplaceAllString(path, ""))
	})
}
