package identity

import (
	"maps"
	"slices"
	"strings"
)

// Groups returns the texts of the claim "groups", or nil if there are none.
// Cloudflare Access: the claim's name may be in any letter case. The exact
// name is preferred; among other spellings, the first in byte order.
func Groups(claims map[string]any) []string {
	switch v := groupsClaim(claims).(type) {
	case string:
		return []string{v}
	case []any:
		var groups []string
		for _, g := range v {
			if s, ok := g.(string); ok {
				groups = append(groups, s)
			}
		}
		return groups
	}
	return nil
}

func groupsClaim(claims map[string]any) any {
	if v, ok := claims["groups"]; ok {
		return v
	}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if strings.EqualFold(name, "groups") {
			return claims[name]
		}
	}
	return nil
}
