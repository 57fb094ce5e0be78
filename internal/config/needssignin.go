package config

import "slices"

// NeedsSignIn reports whether a rule of the route asks who the user is, so that a
// request can end at a sign-in page. It looks only at which keys are set, and
// does not evaluate the rules.
func (r *Route) NeedsSignIn() bool {
	return r.AllowAnyAuthenticatedUser || len(r.AllowedUsers) > 0 || len(r.AllowedDomains) > 0 ||
		len(r.AllowedIDPClaims) > 0 || asksWho(r.Allow.Policy) ||
		slices.ContainsFunc(r.SubPolicies, func(p SubPolicy) bool { return p.asksWho() })
}

// asksWho reports whether a policy holds a criterion that tests more than the
// request, its time and the client's certificate.
func asksWho(policy any) bool {
	request := []string{
		"accept", "reject", "cors_preflight", "http_method", "http_path", "source_ip", "mcp_tool", "pomerium_routes",
		"client_certificate", "invalid_client_certificate", "date", "day_of_week", "time_of_day",
	}
	joints := []string{"allow", "deny", "and", "or", "not", "nor"}
	switch p := policy.(type) {
	case []any:
		return slices.ContainsFunc(p, asksWho)
	case map[string]any:
		for key, value := range p {
			if slices.Contains(joints, key) && asksWho(value) || !slices.Contains(joints, key) && !slices.Contains(request, key) {
				return true
			}
		}
	}
	return false
}
