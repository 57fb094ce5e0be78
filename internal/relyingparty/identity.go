package relyingparty

import (
	"strings"

	"gatehouse/internal/gateway/policy"
)

// Identity returns the result in the form that policies test, for a session
// that does not exist yet: SessionID is empty. Every call makes a new one,
// with nothing kept from an earlier sign-in or refresh.
func (r *Result) Identity(providerID string) policy.Identity {
	return policy.Identity{
		UserID: r.UserID, Email: r.Email, Name: r.Name, Provider: providerID,
		Groups: groupsOf(r.Claims), Claims: policy.FlattenClaims(r.Claims),
	}
}

// groupsOf returns the texts of the claim "groups". Cloudflare Access: its name
// in any letter case; the exact one comes first.
func groupsOf(claims map[string]any) []string {
	value, ok := claims["groups"]
	for name, v := range claims {
		if !ok && strings.EqualFold(name, "groups") {
			value, ok = v, true
		}
	}
	switch v := value.(type) {
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
