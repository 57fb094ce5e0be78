package config

import (
	"regexp"
	"slices"
)

// WithoutEffect returns the keys that a file may hold and that nothing acts on,
// without the indexes of lists. [Load] warns of each that it finds. A key leaves
// this list as soon as a part of Gatehouse reads it.
func WithoutEffect() []string {
	return []string{
		"circuit_breaker_thresholds.max_connection_pools", // Envoy's
		"policy.circuit_breaker_thresholds.max_connection_pools", "routes.circuit_breaker_thresholds.max_connection_pools",
		"policy.sub_policies.explanation", "policy.sub_policies.remediation", // texts for the page of a refusal
		"routes.sub_policies.explanation", "routes.sub_policies.remediation",
	}
}

var index = regexp.MustCompile(`\[[0-9]+\]`)

// withoutEffect returns the paths in the file of keys that nothing acts on.
func (c *Config) withoutEffect() []string {
	known := WithoutEffect()
	return slices.DeleteFunc(c.trail.Paths(), func(path string) bool {
		return !slices.Contains(known, index.ReplaceAllString(path, ""))
	})
}
