package policy

import (
	"maps"
	"slices"

	"gatehouse/internal/base/settings"
)

// Access has a route's access keys, decoded but not compiled. The zero value
// allows nobody.
type Access struct {
	Public        bool             // allow_public_unauthenticated_access
	AnyUser       bool             // allow_any_authenticated_user
	CORSPreflight bool             // cors_allow_preflight
	Users         []string         // allowed_users: e-mail addresses or user ids
	Domains       []string         // allowed_domains
	IDPClaims     map[string][]any // allowed_idp_claims
	// PPL is the decoded YAML or JSON of the key policy: []any or
	// map[string]any; nil if the key is absent.
	PPL any
	// Sub has the policies of sub_policies. Their keys and rules join those above.
	Sub []Sub
	// RequireCertificate adds the deny rule that refuses a missing or invalid
	// client certificate (downstream_mtls with policy_with_default_deny).
	RequireCertificate bool
}

// Sub is one policy of sub_policies, decoded but not compiled.
type Sub struct {
	Users     []string         // allowed_users
	Domains   []string         // allowed_domains
	IDPClaims map[string][]any // allowed_idp_claims
	PPL       any              // source_ppl
	Guidance  Guidance         // explanation, remediation
}

// legacy turns the keys that are older than the policy language into groups.
// Pomerium: they are one allow rule joined by OR, and the claims are too. One
// group for each key means the same, and a decision can name the key.
func (p *parser) legacy(a Access) []group {
	p.checkContradictions(a)
	var all []group
	add := func(key string, criteria ...criterion) {
		if len(criteria) > 0 {
			all = append(all, group{path: key, op: "or", criteria: criteria})
		}
	}
	if a.Public {
		add("allow_public_unauthenticated_access", p.legacyOne("allow_public_unauthenticated_access", &accept, "", true)...)
	}
	if a.CORSPreflight {
		add("cors_allow_preflight", p.legacyOne("cors_allow_preflight", &corsPreflight, "", true)...)
	}
	if a.AnyUser {
		add("allow_any_authenticated_user", p.legacyOne("allow_any_authenticated_user", &authenticatedUser, "", true)...)
	}
	people := func(prefix string, s Sub) {
		add(prefix+"allowed_domains", p.legacyDomains(prefix, s.Domains)...)
		add(prefix+"allowed_idp_claims", p.legacyClaims(prefix, s.IDPClaims)...)
		add(prefix+"allowed_users", p.legacyUsers(prefix, s.Users)...)
	}
	people("", Sub{Users: a.Users, Domains: a.Domains, IDPClaims: a.IDPClaims})
	for i, s := range a.Sub {
		people(subPath(i)+".", s)
	}
	return all
}

// subPath returns the path of a policy of sub_policies in its route.
func subPath(i int) string { return settings.Item("sub_policies", i) }

// checkContradictions refuses keys that have no effect beside others, as
// Pomerium does. It accepts allowed_idp_claims beside
// allow_public_unauthenticated_access, as Pomerium does.
func (p *parser) checkContradictions(a Access) {
	narrower := len(a.Users) > 0 || len(a.Domains) > 0
	if a.Public && (a.AnyUser || narrower) {
		p.fault("allow_public_unauthenticated_access", "keep one of them",
			"found beside allow_any_authenticated_user, allowed_users or allowed_domains; expected alone")
	}
	if a.AnyUser && narrower {
		p.fault("allow_any_authenticated_user", "keep one of them",
			"found beside allowed_users or allowed_domains; expected without them")
	}
}

func (p *parser) legacyOne(path string, k *kind, sub string, data any) []criterion {
	cond := k.parse(p, path, sub, data)
	if cond == nil {
		return nil
	}
	return []criterion{{path: path, sub: sub, kind: k, cond: cond}}
}

func (p *parser) legacyDomains(prefix string, domains []string) []criterion {
	var list []criterion
	for i, d := range domains {
		list = append(list, p.legacyOne(settings.Item(prefix+"allowed_domains", i), &domain, "", d)...)
	}
	return list
}

// legacyUsers compares each entry with the user id and with the e-mail address.
func (p *parser) legacyUsers(prefix string, users []string) []criterion {
	var list []criterion
	for i, u := range users {
		path := settings.Item(prefix+"allowed_users", i)
		if found := p.legacyOne(path, &user, "", u); found != nil {
			list = append(append(list, found...), p.legacyOne(path, &email, "", u)...)
		}
	}
	return list
}

func (p *parser) legacyClaims(prefix string, claims map[string][]any) []criterion {
	var list []criterion
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if name == "" {
			p.fault(prefix+"allowed_idp_claims", "", "found a claim without a name")
			continue
		}
		path := prefix + "allowed_idp_claims." + name
		for i, value := range claims[name] {
			list = append(list, p.legacyOne(settings.Item(path, i), &claim, name, value)...)
		}
	}
	return list
}
