package identity

import (
	"maps"
	"slices"
	"strings"
)

// Groups returns the texts of the claim "groups". It returns nil if the groups
// are not known, because there is no such claim, it is no list, or a member is no
// text: a rule that excludes a group must not take it for a group less. Cloudflare
// Access: the claim's name may be in any letter case. The exact name is
// preferred; among other spellings, the first in byte order.
func Groups(claims map[string]any) []string {
	switch v := groupsClaim(claims).(type) {
	case string:
		return []string{v}
	case []any:
		groups := make([]string, 0, len(v))
		for _, g := range v {
			s, ok := g.(string)
			if !ok {
				return nil
			}
			groups = append(groups, s)
		}
		return groups
	}
	return nil
}

// IsGroupsClaim reports whether a claim has the name "groups", in any letter
// case. The length excludes letters outside of ASCII that fold to one of it.
func IsGroupsClaim(claim string) bool {
	return len(claim) == len("groups") && strings.EqualFold(claim, "groups")
}

func groupsClaim(claims map[string]any) any {
	if v, ok := claims["groups"]; ok {
		return v
	}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if IsGroupsClaim(name) {
			return claims[name]
		}
	}
	return nil
}
